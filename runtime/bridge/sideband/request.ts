/** What the functions app asks of the bridge about chats' WebRTC calls; `callId` is the model service's own id. */
import { z } from "zod";
import { choiceSchema } from "../../chat/record.ts";

const callId = z.string().regex(/^[\w-]{1,128}$/, "letters, digits, _ and -, at most 128");

export const sidebandSchema = z.object({
  callId,
  sessionId: z.string().min(1).max(128),
  deployment: z.string().min(1).max(128),
  choice: choiceSchema,
});
export type SidebandRequest = z.infer<typeof sidebandSchema>;

export const sidebandEndSchema = z.object({ callId, by: z.enum(["person", "escalation"]) });
export type SidebandEnd = z.infer<typeof sidebandEndSchema>;
