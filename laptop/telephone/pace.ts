import type { Clock } from "../clock.ts";

/** A machine that slept does not catch up on what nobody heard. */
const forgottenMs = 1_000;

/**
 * Calls `act` every `periodMs` from now on, on average exactly: a timer that fires late is followed by a shorter one, so that an hour of
 * sound lasts an hour. The returned function ends it.
 */
export function every(clock: Clock, periodMs: number, act: () => void): () => void {
  let dueMs = clock.nowMs() + periodMs;
  let running = true;
  let cancel = clock.after(periodMs, fire);
  function fire(): void {
    if (clock.nowMs() - dueMs > forgottenMs) dueMs = clock.nowMs();
    dueMs += periodMs;
    act();
    // Also when behind: what arrived meanwhile is read between two moments, as it was on a network that did not stand still.
    if (running) cancel = clock.after(Math.max(1, dueMs - clock.nowMs()), fire);
  }
  return () => {
    running = false;
    cancel();
  };
}
