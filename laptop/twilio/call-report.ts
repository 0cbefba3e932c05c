/** What Twilio tells the app of one call: facts with every question, and its progress step by step. */
import type { Clock } from "../clock.ts";
import type { Form, Webhooks } from "./webhooks.ts";

export type CallStatus = "queued" | "ringing" | "in-progress" | "completed" | "busy" | "no-answer" | "failed" | "canceled";
const over: readonly CallStatus[] = ["completed", "busy", "no-answer", "failed", "canceled"];

export interface CallFacts {
  readonly clock: Clock;
  readonly webhooks: Webhooks;
  readonly accountSid: string;
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound-api";
  /** What the caller's network says of the number; absent when it says nothing. */
  readonly stirVerstat?: string | undefined;
  /** Where the call's progress is told, and which of its steps. */
  readonly statusCallback?: { readonly url: string; readonly events: readonly string[] } | undefined;
}

export class CallReport {
  readonly #args: CallFacts;
  readonly #startedAtMs: number;
  #status: CallStatus;
  #sequence = 0;

  constructor(args: CallFacts) {
    this.#args = args;
    this.#startedAtMs = args.clock.nowMs();
    this.#status = args.direction === "inbound" ? "ringing" : "queued";
  }

  get status(): CallStatus {
    return this.#status;
  }

  get isOver(): boolean {
    return over.includes(this.#status);
  }

  /** What every question about the call says. */
  get facts(): Form {
    const { accountSid, sid, from, to, direction, stirVerstat } = this.#args;
    return {
      AccountSid: accountSid,
      ApiVersion: "2010-04-01",
      CallSid: sid,
      CallStatus: this.#status,
      Called: to,
      Caller: from,
      Direction: direction,
      From: from,
      To: to,
      ...(stirVerstat ? { StirVerstat: stirVerstat } : {}),
    };
  }

  becomes(status: CallStatus): void {
    this.#status = status;
    const { statusCallback, webhooks, clock } = this.#args;
    const event = status === "queued" ? "initiated" : status === "in-progress" ? "answered" : this.isOver ? "completed" : status;
    const isTold = statusCallback?.events.includes(event);
    if (!statusCallback || !isTold) return;
    const sequence = this.#sequence++;
    webhooks.tell(statusCallback.url, {
      ...this.facts,
      CallStatus: status === "queued" ? "initiated" : status,
      SequenceNumber: String(sequence),
      CallbackSource: "call-progress-events",
      Timestamp: new Date(clock.nowMs()).toUTCString(),
      ...(this.isOver ? { CallDuration: String(Math.round((clock.nowMs() - this.#startedAtMs) / 1_000)) } : {}),
    });
  }

  /** An event of one of its media streams, to the address that the stream's own document names. */
  stream(url: string, streamSid: string, event: string, more: Form): void {
    const { accountSid, sid, webhooks, clock } = this.#args;
    webhooks.tell(url, {
      AccountSid: accountSid,
      CallSid: sid,
      StreamSid: streamSid,
      StreamEvent: event,
      Timestamp: new Date(clock.nowMs()).toISOString(),
      ...more,
    });
  }
}
