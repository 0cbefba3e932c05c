/** What goes wrong in one schedule, and how often. Each schedule has only some kinds of trouble, so that every pair of them comes up alone. */
import type { Random } from "../../training/random.ts";

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Plan {
  readonly lines: number;
  readonly utterances: number;
  readonly bridges: number;
  readonly outbound: number;
  /** Faults end then, and whoever still speaks hangs up. */
  readonly calmAtMs: number;
  readonly databaseDown: Span | undefined;
  readonly newsDown: Span | undefined;
  readonly bridgeKillsMs: readonly number[];
  readonly bridgeDrainsMs: readonly number[];
  readonly functionKillsMs: readonly number[];
  /** Probabilities, each of its own occasion. */
  readonly mediaLost: number;
  readonly mediaRefused: number;
  readonly modelLost: number;
  readonly modelRefused: number;
  readonly modelSilent: number;
  readonly responseFails: number;
  readonly callbackTwice: number;
  readonly callbackLost: number;
  readonly deliveredTwice: number;
  readonly automationFails: number;
  /** Of the request for a call's sound, though it is fulfilled. */
  readonly answerLost: number;
  readonly toolCalled: number;
  readonly toolFails: number;
  readonly flagsChange: boolean;
  readonly supervised: boolean;
  /** Reports of the network take up to this long. */
  readonly callbackMs: number;
  readonly databaseMs: number;
  readonly toolMs: number;
}

export function planOf(random: Random): Plan {
  const some = (probability: number, most: number): number => (random.chance(probability) ? random.between(most / 4, most) : 0);
  const times = (probability: number, most: number): number[] =>
    random.chance(probability) ? Array.from({ length: random.whole(1, most) }, () => random.between(1_000, 30_000)) : [];
  // Shorter than the pauses between a write's attempts together, so that none may be given up.
  const span = (probability: number): Span | undefined => {
    if (!random.chance(probability)) return undefined;
    const fromMs = random.between(0, 25_000);
    return { fromMs, untilMs: fromMs + random.between(500, 12_000) };
  };
  return {
    lines: random.whole(2, 4),
    utterances: random.whole(1, 4),
    bridges: random.whole(1, 3),
    outbound: some(0.5, 0.8),
    calmAtMs: random.between(20_000, 45_000),
    databaseDown: span(0.3),
    newsDown: span(0.3),
    bridgeKillsMs: times(0.25, 2),
    bridgeDrainsMs: times(0.2, 2),
    functionKillsMs: times(0.2, 3),
    mediaLost: some(0.35, 0.8),
    mediaRefused: random.chance(0.1) ? 0.9 : some(0.2, 0.5),
    modelLost: some(0.4, 0.8),
    modelRefused: some(0.25, 0.6),
    modelSilent: some(0.15, 0.4),
    responseFails: some(0.25, 0.4),
    callbackTwice: some(0.5, 0.6),
    callbackLost: some(0.15, 0.2),
    deliveredTwice: some(0.6, 1),
    automationFails: some(0.35, 0.4),
    answerLost: some(0.4, 0.9),
    toolCalled: some(0.7, 0.8),
    toolFails: some(0.4, 0.5),
    flagsChange: random.chance(0.2),
    supervised: random.chance(0.3),
    callbackMs: random.pick([200, 1_000, 5_000]),
    databaseMs: random.pick([10, 60, 60, 800]),
    toolMs: random.pick([200, 2_000, 9_000]),
  };
}
