/** What a customer settles about its chat: how good, how dear, how long, and who may use it. A stack's setting, told to both apps as `CHAT`. */
import { z } from "zod";

const share = z.number().min(0).max(1);

/**
 * How much the strong model is used, as one of two promises against answering everything with it: cost stays within `spend_at_most` of its
 * cost, or quality stays at `keep_at_least` of its quality. Shares, 0 to 1.
 */
export const dialSchema = z.union(
  [z.strictObject({ spend_at_most: share }), z.strictObject({ keep_at_least: share })],
  "one promise: {spend_at_most: share} or {keep_at_least: share}, the share from 0 to 1",
);
export type Dial = z.infer<typeof dialSchema>;

export const chatOptionsSchema = z.object({
  /** Where the dial stands unless a person turns it. */
  dial: dialSchema,
  /** Whether a person may turn the dial for a session of theirs. */
  dial_free: z.boolean(),
  /** Whether people who are not signed in may chat, each as a visitor with a signed session. */
  visitors: z.boolean(),
  /** Whether clients may ask for a secret of 60 s and open their WebRTC session themselves, instead of through the server. */
  ephemeral_secrets: z.boolean(),
  /** Minutes after which a voice session is ended; the service itself ends one after 60. */
  longest_session_min: z.number().int().min(1).max(59),
  /** US dollars by list price that one session, and one person in one day (UTC), may cost. */
  session_budget_usd: z.number().positive().max(1_000),
  daily_budget_usd: z.number().positive().max(10_000),
  /** The same for all visitors of one day together: whoever likes can be many visitors. */
  visitors_budget_usd: z.number().positive().max(100_000),
  /** What the model is told it is; the language is always that of the person. */
  instructions: z.string().min(1).max(4_000),
});
export type ChatOptions = z.infer<typeof chatOptionsSchema>;

export const defaultChatOptions: ChatOptions = {
  dial: { keep_at_least: 0.98 },
  dial_free: true,
  visitors: false,
  ephemeral_secrets: false,
  longest_session_min: 30,
  session_budget_usd: 2,
  daily_budget_usd: 10,
  visitors_budget_usd: 50,
  instructions: "You are a helpful assistant in a realtime chat. Answer briefly, in the language you are spoken to.",
};
