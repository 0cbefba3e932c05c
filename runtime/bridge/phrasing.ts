/** Which phrasing is said: any of several, and never the same twice running. */
import type { PhraseName } from "../calls/phrase-book.ts";
import type { Session } from "./session-state.ts";

export interface Phrased {
  readonly session: Session;
  readonly text: string;
}

/** Picks a phrasing by the session's own numbers, so that a replayed call says the same. */
export function phrase(session: Session, name: PhraseName): Phrased {
  const all = session.phrases[name];
  const others = all.length > 1 ? all.filter((each) => each !== session.picked[name]) : all;
  const random = following(session.random);
  const text = others[Math.floor((random / 2 ** 32) * others.length)] ?? all[0];
  return { session: { ...session, random, picked: { ...session.picked, [name]: text } }, text };
}

/** A linear congruential generator with the multiplier of Numerical Recipes; its high bits are even enough to pick a sentence. */
function following(random: number): number {
  return (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
}
