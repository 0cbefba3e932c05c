/** How much of the memory it may have this process uses. */
import { totalmem } from "node:os";

/** 0 to 1; 0 where the platform sets no limit. Node knows the limit of a container (`process.constrainedMemory`). */
export function memoryShare(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? process.memoryUsage.rss() / limit : 0;
}
