/** What a phone's WebSocket carries besides sound. */
import { z } from "zod";
import { type Digit, type Ending, isDigit } from "./conversation.ts";

/** What the holder of a phone does. */
export const action = z.discriminatedUnion("kind", [
  /** Without a number: the system's. */
  z.object({ kind: z.literal("dial"), to: z.string().optional() }),
  z.object({ kind: z.literal("answer") }),
  /** Ends the call, gives up dialling, or declines the one that rings. */
  z.object({ kind: z.literal("hang up") }),
  z.object({ kind: z.literal("press"), digit: z.custom<Digit>(isDigit, "must be one of 0-9, *, #, A-D") }),
  /** Words to be spoken as sound. */
  z.object({ kind: z.literal("say"), words: z.string().min(1).max(2_000) }),
  /** Forgets sound that was not played yet. */
  z.object({ kind: z.literal("hush") }),
  z.object({ kind: z.literal("text"), to: z.string().optional(), words: z.string().min(1).max(2_048) }),
]);
export type Action = z.infer<typeof action>;

export interface ShownText {
  readonly from: string;
  readonly words: string;
  readonly sentAt: string;
}

/** What the phone shows. */
export type Sign =
  | { readonly kind: "ready"; readonly number: string; readonly system: string; readonly texts: readonly ShownText[] }
  | { readonly kind: "calling"; readonly to: string }
  | { readonly kind: "rings"; readonly from: string }
  | { readonly kind: "stopped ringing" }
  | { readonly kind: "connected"; readonly with: string }
  | { readonly kind: "ended"; readonly reason: Ending }
  /** Words of the other side, decoded from what was heard. */
  | { readonly kind: "heard"; readonly words: string }
  /** The words will have been played to the other side after `durationMs`. */
  | { readonly kind: "saying"; readonly words: string; readonly durationMs: number }
  | { readonly kind: "pressed"; readonly digit: string }
  | { readonly kind: "text"; readonly text: ShownText }
  | { readonly kind: "fault"; readonly message: string };
