/** One tool call: what it takes, what it works with, what comes of it. */
import { z } from "zod";
import type { Flags } from "../flags.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import type { SmsSender } from "../services/sms.ts";
import type { CallStore } from "./store.ts";

/** What the session must do besides telling the model. */
export type ToolEffect =
  | { readonly kind: "end_call" }
  /** `briefing` is what the person is told before they take the call: warm when the line can, blind otherwise or without one. */
  | { readonly kind: "transfer"; readonly to: string; readonly briefing?: string }
  /** The caller types digits that nobody may see; the tool's answer comes when they were delivered (`deliver_digits`). */
  | { readonly kind: "collect_digits"; readonly name: string; readonly least: number; readonly most: number }
  | { readonly kind: "language"; readonly shortCode: string }
  | { readonly kind: "speed"; readonly rate: number }
  | { readonly kind: "switch_call"; readonly callId: string };

export interface ToolOutcome {
  /** For the model, in English: what was done, or why not and what to do about it. */
  readonly content: string;
  readonly effect?: ToolEffect;
}

export interface ToolContext {
  readonly callId: string;
  /** The model's id of this tool call: what makes a repeated one harmless. */
  readonly toolId: string;
  readonly store: CallStore;
  readonly sms: SmsSender;
  readonly knowledge: Knowledge;
  /** Puts the after-call work of a finished call on its queue. */
  readonly finish: (callId: string) => Promise<void>;
  readonly now: () => Date;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** Six unguessable digits. */
  readonly newCode: () => string;
  /** The flags as of now. */
  readonly flags: () => Promise<Flags>;
  /** `startRecording` of consent.ts. */
  readonly startRecording: (callId: string) => Promise<boolean>;
  /** `withdrawRecording` of recording-withdrawal.ts, by the caller. */
  readonly withdrawRecording: (callId: string) => Promise<unknown>;
}

/** Slowest and fastest speech, as a factor of the voice's own pace. */
export const slowest = 0.75;
export const fastest = 1.25;

const nothing = z.object({});
const text = (describe: string) => z.string().min(1).max(2_000).describe(describe);

/** The arguments of every tool, whether or not a call offers it; those that depend on it (`tools.ts`) are narrowed per call. */
export const toolArguments = {
  end_call: nothing,
  new_claim: nothing,
  talk_to_human: z.object({ briefing: z.string().min(1).max(1_000).optional() }),
  updated_claim: z.object({
    updates: z
      .array(
        z.object({
          field: z.string().describe("the claim's field"),
          value: z.string().describe("what the customer said, in the field's form"),
        }),
      )
      .min(1)
      .max(50)
      .describe("every field the customer has just given"),
  }),
  new_or_updated_reminder: z.object({
    title: text("short name; the same title updates that reminder"),
    description: text("what is to be done, so that a colleague understands it"),
    due_date_time: z.string().describe("when, ISO 8601, in the future"),
    owner: text("who does it: the customer, the assistant, or a named team"),
  }),
  search_document: z.object({
    queries: z.array(z.string().min(1).max(500)).min(1).max(5).describe("questions in English, each about one thing"),
  }),
  send_sms: z.object({ message: z.string().min(1).max(1_000).describe("the text message, in the customer's language") }),
  speech_speed: z.object({ speed: z.number().describe(`${slowest} (slow) to ${fastest} (fast); 1 is normal`) }),
  speech_lang: z.object({ lang: z.string().describe("short code of the language to go on in") }),
  recording_consent: z.object({ given: z.boolean().describe("whether the customer agrees that the call is recorded") }),
  continue_last_conversation: nothing,
  collect_digits: z.object({ name: z.string().describe("what the customer types") }),
} as const;

export type ToolName = keyof typeof toolArguments;
export type ToolArguments<Name extends ToolName> = z.output<(typeof toolArguments)[Name]>;
