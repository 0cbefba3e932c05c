/** Tools over the end of a bridge: each is begun at most once, and what was begun and never told of is found by the bridge that goes on. */
import { z } from "zod";
import { wholePartition } from "../../chat/partition.ts";
import type { ChatCall } from "../../chat/watched-calls.ts";
import type { Documents } from "../../services/documents.ts";

const begun = "tool:";
const told = "told:";
const claimSchema = z.object({ id: z.string().startsWith(begun), call: z.string() });

/** True for exactly one bridge, ever: whoever gets it runs the tool. */
export function claimTool(documents: Documents, { sessionId, callId }: ChatCall, toolCallId: string): Promise<boolean> {
  return documents.create("chats", sessionId, { id: `${begun}${toolCallId}`, sessionId, call: callId });
}

/** The model was told what came of it. */
export function noteTold(documents: Documents, { sessionId, callId }: ChatCall, toolCallId: string): Promise<boolean> {
  return documents.create("chats", sessionId, { id: `${told}${toolCallId}`, sessionId, call: callId });
}

/** Tools of the call that were begun, and the model was told nothing of. */
export async function interruptedTools(documents: Documents, { sessionId, callId }: ChatCall): Promise<string[]> {
  const found = await wholePartition(documents, sessionId);
  const ended = new Set(found.flatMap(({ id }) => (id.startsWith(told) ? [id.slice(told.length)] : [])));
  return found.flatMap((each) => {
    const { data: claim } = claimSchema.safeParse(each);
    const toolCallId = claim?.id.slice(begun.length);
    return toolCallId !== undefined && claim?.call === callId && !ended.has(toolCallId) ? [toolCallId] : [];
  });
}
