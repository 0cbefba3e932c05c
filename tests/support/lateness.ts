import { frameMs } from "../../laptop/telephone/frame.ts";

/** How late frames came at most, against the earliest of them, by when each came: on an idle machine a few milliseconds. */
export function latenessMs(cameMs: readonly number[]): number {
  const late = cameMs.map((each, at) => each - at * frameMs);
  return Math.round(Math.max(...late) - Math.min(...late));
}
