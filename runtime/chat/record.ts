/**
 * The documents of one chat session, all in the partition of its id (container `chats`), written by both apps: the functions app keeps what
 * was typed, the bridge what was spoken, answered and used. Ids are deterministic, so that what is told twice is kept once.
 */
import { z } from "zod";

export const choiceSchema = z.enum(["cheap", "strong"]);
/** The two models of a pair: of realtime deployments for a voice session, of chat deployments for a text turn. */
export type Choice = z.infer<typeof choiceSchema>;

/** What was said. */
export interface Turn {
  readonly persona: "human" | "assistant";
  readonly content: string;
}

const at = z.iso.datetime();

/** The session itself, under this id. */
export const recordId = "session";
export const sessionDocument = z.object({
  sessionId: z.string(),
  /** The principal it belongs to. */
  userId: z.string(),
  created_at: at,
});

/** `itemId` is the model service's id of a spoken or generated item; a typed message gets an id of ours. */
export const turnId = (itemId: string): string => `turn:${itemId}`;
export const turnDocument = z.object({
  id: z.string().startsWith("turn:"),
  sessionId: z.string(),
  at,
  turn: z.object({ persona: z.enum(["human", "assistant"]), content: z.string() }),
  /** Who answered, or was chosen to answer; absent while nobody was. */
  deployment: z.string().optional(),
  choice: choiceSchema.optional(),
  /** It was said in the session that this one continues. */
  carried: z.literal(true).optional(),
  /** The voice connection it was said in, by the model service's id, where a bridge has heard it. */
  call: z.string().optional(),
});

/** What one answer, transcription or question to the expert used; `of` is the service's id of it. */
export const usageId = (of: string): string => `usage:${of}`;
export const usageDocument = z.object({
  id: z.string().startsWith("usage:"),
  sessionId: z.string(),
  at,
  kind: z.enum(["voice", "text", "transcription"]),
  deployment: z.string(),
  choice: choiceSchema,
  /** As the service reports it. */
  usage: z.record(z.string(), z.unknown()),
  /** US dollars by list price: of this, and of the same with the pair's strong model. */
  cost_usd: z.number().nonnegative(),
  strong_cost_usd: z.number().nonnegative(),
});
export type UsageDocument = z.infer<typeof usageDocument>;

/** A WebRTC connection that the bridge watches; `callId` is the model service's. Renewed while watched, so that one left alone is found. */
export const callId = (id: string): string => `call:${id}`;
export const callDocument = z.object({
  id: z.string().startsWith("call:"),
  sessionId: z.string(),
  at,
  deployment: z.string(),
  choice: choiceSchema,
  watched_until: at,
  ended_at: at.optional(),
  /** Why it ended: the person, another model, the time limit, the budget, abuse, the service. */
  ended_by: z.enum(["person", "escalation", "time", "budget", "abuse", "service"]).optional(),
  /** Ids of the last turns its model was told, while it has not been told what is said in the connection before it. */
  told: z.array(z.string()).optional(),
});
