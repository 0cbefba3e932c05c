/** Time as the bridge's edge sees it: passed in, so that tests can run a call in no time. In milliseconds since the epoch. */
export interface Clock {
  /** Never goes backwards. */
  nowMs(): number;
  /** Calls `act` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, act: () => void): () => void;
}

/** The process's own clock: right when the process started, and unmoved by corrections of the machine's clock after that. */
export const processClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
