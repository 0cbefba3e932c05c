import type { Clock } from "../clock.ts";

/** Waits for `event`, but no longer than `withinMs`. */
export async function within(clock: Clock, withinMs: number, event: Promise<void>): Promise<void> {
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(withinMs, resolve);
  });
  await Promise.race([event, late]).finally(cancel);
}
