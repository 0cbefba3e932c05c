/**
 * A scripted caller's manners, as pure rules: it takes turns. It is told every 20 ms what is heard and answers what to do now; time is the
 * number of frames, so a test runs a minute's call in no time.
 */
import { frameMs } from "./frame.ts";
import { topicOf } from "./manners.ts";
import type { Step } from "./script.ts";
import { Turns } from "./turns.ts";

/** Silence after which a caller speaks although the other side said nothing. */
const patienceMs = 10_000;
/** After a goodbye, the other side is given this long to hang up itself. */
const farewellMs = 2_500;

/** What to do now. Sound without words is told once a turn, for the transcript. */
export type Doing = Exclude<Step, { kind: "wait" }> | { readonly kind: "nothing understood" };

export class Caller {
  readonly #steps: Step[];
  readonly #hangUpAfterMs: number;
  readonly #turns = new Turns();
  #theirTurnIsOver = false;
  #busyMs = 0;
  #idleMs = 0;
  #waitedMs = 0;
  #goodbye = false;
  #left = false;
  /** The caller has just interrupted: what the other side still says is cut off, and no turn of its own. */
  #interrupted = false;

  constructor(steps: readonly Step[], hangUpAfterMs: number) {
    this.#steps = [...steps];
    this.#hangUpAfterMs = hangUpAfterMs;
  }

  /** One's own sound takes this long from now. */
  speaksFor(durationMs: number): void {
    this.#busyMs = durationMs;
  }

  /** One frame of the call, with the words that became complete in it. */
  hear(loud: boolean, words: readonly string[]): Doing[] {
    if (this.#left) return [];
    const turn = this.#turns.hear(loud, words);
    if (words.some((each) => topicOf(each) === "goodbye")) this.#goodbye = true;
    this.#idleMs = loud || this.#busyMs > 0 ? 0 : this.#idleMs + frameMs;
    const cutOff = this.#interrupted && turn?.words === "";
    if (turn) this.#interrupted = false;
    if (turn && !cutOff) this.#theirTurnIsOver = true;
    const told: Doing[] = turn?.words === "" && !cutOff ? [{ kind: "nothing understood" }] : [];
    if (this.#busyMs > 0) {
      this.#busyMs = Math.max(0, this.#busyMs - frameMs);
      return told;
    }
    const doing = this.#next();
    return doing ? [...told, doing] : told;
  }

  #next(): Doing | undefined {
    const step = this.#steps[0];
    if (!step) return this.#idleMs >= (this.#goodbye ? farewellMs : this.#hangUpAfterMs) ? this.#hangUp() : undefined;
    if (step.kind === "wait" && step.ms !== undefined) {
      this.#waitedMs += frameMs;
      if (this.#waitedMs >= step.ms) this.#done();
      return undefined;
    }
    const now = step.kind === "say" && step.interrupting ? this.#turns.speaking : this.#theirTurnIsOver;
    if (!now && this.#idleMs < patienceMs) return undefined;
    this.#done();
    // The rest of what was interrupted is no answer.
    this.#interrupted = step.kind === "say" && step.interrupting;
    if (this.#interrupted) this.#turns.forget();
    if (step.kind === "wait") return undefined;
    return step.kind === "hang up" ? this.#hangUp() : step;
  }

  #done(): void {
    this.#steps.shift();
    this.#theirTurnIsOver = false;
    this.#waitedMs = 0;
    this.#idleMs = 0;
  }

  #hangUp(): Doing {
    this.#left = true;
    return { kind: "hang up" };
  }
}
