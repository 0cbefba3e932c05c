/** The record of one call, as it is stored and as the API shows it. Names that call-center-ai's API has keep its spelling. */
import type { Agent } from "../agent.ts";

/** Forward only, whatever order callbacks arrive in. */
export type CallStatus = "created" | "ringing" | "connected" | "ended";
export type EndReason = "completed" | "busy" | "no_answer" | "failed" | "cancelled" | "missed";
export type Direction = "inbound" | "outbound";
/** Who carries a call's sound: Communication Services, Azure OpenAI's SIP connector, Twilio, or a browser by WebRTC. */
export type Carrier = "acs" | "sip" | "twilio" | "browser";

export interface ToolCall {
  readonly tool_id: string;
  readonly function_name: string;
  /** JSON text, as the model gave it. */
  readonly function_arguments: string;
  /** What the tool answered the model. */
  readonly content: string;
}

export interface Message {
  /** Deterministic within the call, so that a retry appends nothing twice. */
  readonly id: string;
  readonly created_at: string;
  readonly persona: "human" | "assistant" | "tool";
  readonly action: "call" | "hangup" | "sms" | "talk";
  readonly content: string;
  readonly style: "none" | "cheerful" | "sad";
  readonly lang_short_code?: string;
  readonly tool_calls: readonly ToolCall[];
}

export interface Reminder {
  readonly created_at: string;
  readonly title: string;
  readonly description: string;
  /** ISO 8601. */
  readonly due_date_time: string;
  readonly owner: string;
}

export interface Synthesis {
  readonly long: string;
  readonly short: string;
  readonly satisfaction: "terrible" | "low" | "partial" | "high" | "unknown";
  readonly improvement_suggestions: string;
}

export const nextActions = [
  "case_closed",
  "commercial_offer",
  "customer_will_send_info",
  "high_priority",
  "propose_new_contract",
  "requires_expertise",
] as const;

export interface Next {
  readonly action: (typeof nextActions)[number];
  readonly justification: string;
}

/** The single document that has an ETag; messages are documents beside it. */
export interface CallRecord {
  readonly call_id: string;
  readonly created_at: string;
  readonly direction: Direction;
  /** The other party, E.164. */
  readonly phone_number: string;
  readonly initiate: Agent;
  readonly status: CallStatus;
  readonly ended_reason?: EndReason;
  /** Field name to value, text; only fields of `initiate.claim` and the policyholder's three. */
  readonly claim: Readonly<Record<string, string>>;
  readonly reminders: readonly Reminder[];
  readonly synthesis?: Synthesis;
  readonly next?: Next;
  readonly lang_short_code: string;
  /** Absent in records from before there was a choice, which Communication Services carried. */
  readonly carrier?: Carrier;
  /** The carrier's own id of the call once there is one: Call Automation's connection, Twilio's call SID, the model service's call. */
  readonly connection_id?: string;
  /** Where the recording lies, once there is one. */
  readonly recording_id?: string;
  /** The service was asked to record, and has yet to say which recording it began: there may be one. */
  readonly recording_asked?: true;
  /** What the caller answered when asked whether the call may be recorded. */
  readonly recording_consent?: { readonly given: boolean; readonly at: string };
  /**
   * Since when the caller wants no recording any more, who stopped it, and what becomes of what was recorded until then
   * (recording-withdrawal.ts).
   */
  readonly recording_withdrawn?: {
    readonly at: string;
    readonly by: "caller" | "supervisor";
    readonly recording: "being stopped" | "none" | "kept" | "to be deleted" | "deleted" | "unconfirmed";
  };
  /** An earlier conversation of this number, within the callback window: continued once the caller has proven to be its person. */
  readonly resumable?: string;
  /** The conversation this one continues. */
  readonly resumes?: string;
  /** The call under which the conversation on this call's line goes on: its caller has started another claim. */
  readonly continued_as?: string;
  /** The caller has proven that the number is theirs: we rang it, the network vouches for it, or they typed a code sent to it. */
  readonly verified?: boolean;
  /** SHA-256 of the code that proves it, while one is out. */
  readonly verification?: { readonly code_sha256: string; readonly expires_at: string; readonly attempts: number };
  /** What became of telling `initiate.webhook_url` that the call is over. */
  readonly webhook?: { readonly attempts: number; readonly delivered_at?: string; readonly last_fault?: string };
  /** A transfer under way, for the bridge that goes on when this one is gone: the caller is on `hold`, or talks with the person (`to`, E.164) who took the call. */
  readonly handover?: { readonly to: string; readonly state: "hold" | "taken" };
  /** What a person who takes the call over is told. */
  readonly briefing?: string;
  /** SHA-256 of the single-use nonce that the media socket must bring; absent once used. */
  readonly media_nonce_sha256?: string;
  /** SHA-256 of the nonce and of the token of the socket that used it up: the same address may be opened again only when that was asked for, with another token. */
  readonly media_used?: { readonly nonce_sha256: string; readonly token_sha256: string };
  /** How often the line's sound had to be fetched again. */
  readonly media_restarts?: number;
  /** When that was lately (ISO 8601), where the carrier asks us what to do then: too often within a short time ends the call. */
  readonly media_lost_at?: readonly string[];
}

/** What `GET /call/{id}` answers. */
export interface Call extends CallRecord {
  readonly messages: readonly Message[];
}
