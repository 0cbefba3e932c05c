/** The tools of one call that are being executed: each tells the session what came of it, and outlives it if it must. */
import type { ToolOutcome } from "../calls/tools.ts";
import type { CallResources } from "./call-resources.ts";
import type { OrderedWrites } from "./ordered-writes.ts";
import type { Effect } from "./session-state.ts";
import { askedMessage, outcomeMessage, runOnce, type ToolRequest } from "./tool-once.ts";

export interface RunningToolsArgs {
  readonly resources: Pick<CallResources, "store" | "runTool" | "deliverDigits" | "clock" | "log">;
  readonly writes: OrderedWrites;
  /** False when the session has ended and keeps nothing any more. */
  readonly tell: (toolCallId: string, outcome: ToolOutcome) => boolean;
}

const toolFailed =
  "The tool failed, and nothing is known to have been done. Say so to the caller, and offer to try again or to note a reminder.";
const digitsLost =
  "The digits could not be handed over and are forgotten. Say so to the caller, and offer to try again or to note a reminder.";

export class RunningTools {
  readonly #args: RunningToolsArgs;
  readonly #running = new Set<Promise<void>>();

  constructor(args: RunningToolsArgs) {
    this.#args = args;
  }

  /** Settles once what was begun so far is over, and what came of it is with the writes. */
  get settled(): Promise<unknown> {
    return Promise.allSettled(this.#running);
  }

  run(request: ToolRequest): void {
    this.#begin(request, this.#once(request), toolFailed);
  }

  deliverDigits({ callId, toolCallId, name, digits }: Extract<Effect, { kind: "deliver_digits" }>): void {
    const delivered = this.#args.resources.deliverDigits({ callId, name, digits }).then((content) => ({ content }));
    this.#begin({ callId, toolCallId, name, argumentsJson: JSON.stringify({ name }) }, delivered, digitsLost);
  }

  async #once(request: ToolRequest): Promise<ToolOutcome> {
    const { resources, writes } = this.#args;
    const asked = askedMessage(request, resources.clock.nowMs());
    writes.add(() => resources.store.append(request.callId, asked));
    // What a tool reads of the call must include what was just said, and what is asked for must be kept before it is done.
    await writes.settled;
    return runOnce(request, resources);
  }

  #begin(request: ToolRequest, work: Promise<ToolOutcome>, otherwise: string): void {
    const running = work.then(
      (outcome) => this.#done(request, outcome),
      () => {
        this.#args.resources.log.warn({ callId: request.callId }, "a tool failed");
        this.#done(request, { content: otherwise });
      },
    );
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  #done(request: ToolRequest, outcome: ToolOutcome): void {
    const { resources, writes, tell } = this.#args;
    if (tell(request.toolCallId, outcome)) return;
    const message = outcomeMessage(request, outcome.content, resources.clock.nowMs());
    writes.add(() => resources.store.append(request.callId, message));
  }
}
