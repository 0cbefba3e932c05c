/** What the functions app tells the bridge about a call in progress: it gets the network's callbacks, the bridge has the conversation. */
import { z } from "zod";

export const callNewsSchema = z.discriminatedUnion("kind", [
  /** A blind or warm transfer came to nothing: busy, no answer, declined, or the network refused. */
  z.object({ kind: z.literal("transfer_failed") }),
  /** The invited person has picked up and is in the call. */
  z.object({ kind: z.literal("joined") }),
  /** The invited person has left again; the caller has not. */
  z.object({ kind: z.literal("left") }),
  /** A supervisor tells the model something the caller does not hear. */
  z.object({ kind: z.literal("whisper"), text: z.string().min(1).max(2_000) }),
  /** A key of the browser phone's keypad; other phones' keys come with their sound. */
  z.object({ kind: z.literal("digit"), digit: z.string().regex(/^[0-9*#]$/) }),
  /** A supervisor ends the call, with a goodbye. */
  z.object({ kind: z.literal("end") }),
]);
export type CallNews = z.infer<typeof callNewsSchema>;
