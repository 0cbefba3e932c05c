/** What the stand-in is made of. */
import type { Clock } from "../clock.ts";
import type { Access } from "../identity/access.ts";
import type { Model } from "../model/conversation.ts";
import type { Voice } from "../voice/voice.ts";
import type { Trunk } from "./realtime/sip.ts";
import type { Upstream } from "./upstream.ts";

export interface OpenAIParts {
  readonly access: Access;
  /** ARM id of the Cognitive Services account. */
  readonly accountId: string;
  readonly clock: Clock;
  readonly model: Model;
  readonly voice: Voice;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly upstream?: Upstream;
  /** The telephone network whose numbers a SIP trunk may point here; absent means that no SIP calls come. */
  readonly trunk?: Trunk;
  /** How webhooks travel; the platform's own when absent. */
  readonly fetch?: typeof fetch;
}
