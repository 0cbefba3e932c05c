/** The steps of a warm transfer on one call's line, one after the other: nobody is let into the call before the caller is on hold. */
import type { Effect } from "./session-state.ts";
import type { WarmLine } from "./telephone/telephone.ts";

export type WarmStep = Extract<Effect, { kind: "hold" | "unhold" | "invite" | "dismiss" }>;

export class WarmSteps {
  readonly #line: WarmLine | undefined;
  #done: Promise<void> = Promise.resolve();

  /** `line` is absent where the carrier cannot hold a caller: every step is refused then. */
  constructor(line: WarmLine | undefined) {
    this.#line = line;
  }

  /** Rejects when the network refuses the step. */
  take(step: WarmStep): Promise<void> {
    const line = this.#line;
    const done = this.#done.then(() => (line ? act(line, step) : Promise.reject(new Error("The line cannot hold a caller."))));
    this.#done = done.catch(() => undefined);
    return done;
  }

  /** A bridge that is gone may have left its caller on hold, and a person being fetched; where it did not, the network's refusal says nothing new. */
  takeBack(invited: string | undefined): void {
    this.#line?.unhold().catch(() => undefined);
    if (invited !== undefined) this.#line?.dismiss(invited).catch(() => undefined);
  }
}

function act(line: WarmLine, step: WarmStep): Promise<void> {
  switch (step.kind) {
    case "hold":
      return line.hold();
    case "unhold":
      return line.unhold();
    case "invite":
      return line.invite(step.to);
    case "dismiss":
      return line.dismiss(step.to);
  }
}
