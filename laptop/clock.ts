/** Time as stand-ins see it: passed in, so that tests can run a call in no time. All in milliseconds since the epoch. */
export interface Clock {
  nowMs(): number;
  /** Calls `act` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, act: () => void): () => void;
}

export const wallClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
