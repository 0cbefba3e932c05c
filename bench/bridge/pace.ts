/** Fifty frames a second for each of many calls, spread over the 20 ms as real calls are. */
import { monotonicMs } from "./stamp.ts";

const frameMs = 20;
/** Calls are spread over so many moments of a frame. */
const slots = 20;

/** Calls `send(slot)` every millisecond in turn until stopped; a late timer makes up for what it missed. */
export function pace(send: (slot: number) => void): () => void {
  const startMs = monotonicMs();
  let done = 0;
  let stopped = false;
  const run = () => {
    if (stopped) return;
    const due = Math.floor(((monotonicMs() - startMs) * slots) / frameMs);
    for (; done < due; done++) send(done % slots);
    setTimeout(run, 1);
  };
  run();
  return () => {
    stopped = true;
  };
}

export const slotOf = (call: number): number => call % slots;
