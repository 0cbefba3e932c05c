/** What a call in progress works with, and what its process knows of it. */
import type { Logger } from "pino";
import type { VoiceEngine } from "../agent.ts";
import type { CallStore } from "../calls/store.ts";
import type { NewsSubscriber } from "../services/call-news.ts";
import type { FlagReader } from "../services/flags.ts";
import type { SmsSender } from "../services/sms.ts";
import type { Phrases } from "./call-start.ts";
import type { Clock } from "./clock.ts";
import type { ToolServices } from "./tool-once.ts";
import type { OpenVoiceModel } from "./voice-model/voice-model.ts";

/** A voice engine that can hold the conversation, and the deployment it does so with in this call. */
export interface Engine {
  readonly name: VoiceEngine;
  readonly open: OpenVoiceModel;
  readonly deployment: string;
}

/** What a call in progress works with. */
export interface CallResources {
  readonly store: Pick<CallStore, "get" | "append" | "keepUnfinished" | "change" | "claim">;
  /** In order of preference, at least one. */
  readonly engines: readonly Engine[];
  /** The engines carry the sound to and from the caller themselves. */
  readonly carried: boolean;
  readonly runTool: ToolServices["runTool"];
  /** Hands over digits that nobody may see; the answer is for the model, without them. */
  readonly deliverDigits: (typed: { callId: string; name: string; digits: string }) => Promise<string>;
  readonly sms: SmsSender;
  readonly recording: RecordingSwitch;
  readonly phrases: Phrases;
  readonly flags: FlagReader;
  readonly news: Pick<NewsSubscriber, "subscribe">;
  /** 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly clock: Clock;
  /** Static messages and call ids only. */
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** A call's recording, if there is one. After `pause` has resolved nothing is recorded; it rejects when that cannot be had. */
export interface RecordingSwitch {
  pause(callId: string): Promise<void>;
  resume(callId: string): Promise<void>;
}

export interface LiveCall {
  /** Settles, never rejects, once everything is let go of and every message is kept. */
  readonly ended: Promise<void>;
  /** Ends the call now. */
  stop(): void;
  /** Lets go of the call without ending it, so that it goes on in another process. */
  move(): void;
}
