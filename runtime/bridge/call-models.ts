/** The sessions of voice models that one call has: the one that holds the conversation, and at times one that is tried beside it. */
import type { CallResources, Engine } from "./call-resources.ts";
import type { ModelBrief, ModelCommand, ModelEvent, VoiceModel } from "./voice-model/voice-model.ts";

export interface CallModelsArgs extends Pick<CallResources, "engines" | "log"> {
  /** For the log. */
  readonly callId: string;
  /** Is told what the session with that number reports. */
  readonly tell: (generation: number, event: ModelEvent) => void;
}

/** A session to open: its number in the call, its engine's place among the call's, and what it is told. */
export interface Opening {
  readonly generation: number;
  readonly engine: number;
  readonly brief: ModelBrief;
}

export class CallModels {
  readonly #args: CallModelsArgs;
  #present: VoiceModel | undefined;
  #trial: VoiceModel | undefined;

  constructor(args: CallModelsArgs) {
    this.#args = args;
  }

  /** The conversation goes on in a new session. */
  open(opening: Opening): void {
    this.#present?.close();
    this.#present = this.#open(opening);
  }

  /** Opens a session beside the present one, which goes on. */
  try(opening: Opening): void {
    this.dropTrial();
    this.#trial = this.#open(opening);
  }

  /** The session that was tried holds the conversation from here on. */
  takeTrial(): void {
    this.#present?.close();
    this.#present = this.#trial;
    this.#trial = undefined;
  }

  dropTrial(): void {
    this.#trial?.close();
    this.#trial = undefined;
  }

  send(command: ModelCommand): void {
    this.#present?.send(command);
  }

  brief(brief: ModelBrief): void {
    this.#present?.brief(brief);
  }

  close(): void {
    this.dropTrial();
    this.#present?.close();
  }

  #open({ generation, engine, brief }: Opening): VoiceModel {
    const { callId, log, tell } = this.#args;
    const { name, open, deployment } = this.#engine(engine);
    return open({ deployment, brief }, (event) => {
      if (event.kind === "closed") log.warn({ callId, engine: name }, "the model's session was lost");
      if (event.kind === "refused") log.warn({ callId, engine: name, code: event.code }, "the model's session refused a command");
      tell(generation, event);
    });
  }

  #engine(at: number): Engine {
    const { engines } = this.#args;
    const engine = engines[Math.min(at, engines.length - 1)];
    if (!engine) throw new Error("A call has no voice engine.");
    return engine;
  }
}
