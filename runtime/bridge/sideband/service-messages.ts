/** What is sent on the side socket of a chat's call (GA shapes, as typed by openai 7.57.0 `resources/realtime`). */
import type { Turn } from "../../chat/record.ts";
import type { Rules } from "./watch.ts";

/** Ids of our requests, by which a refusal of them is known. */
export const requestIds = { rules: "rules", transcription: "transcription", response: "response" } as const;

/** Everything about a session that is ours to say. The voice may not change any more once it has spoken, so it is left alone. */
export const configuration = ({ instructions, tools, mostOutputTokens }: Rules): object => ({
  type: "session.update",
  event_id: requestIds.rules,
  session: {
    type: "realtime",
    instructions,
    tools: tools.map((each) => ({ type: "function", ...each })),
    tool_choice: "auto",
    max_output_tokens: mostOutputTokens,
    // What no longer fits is dropped in one piece: less of what stays loses its place in the cache (OpenAI, "Managing costs").
    truncation: { type: "retention_ratio", retention_ratio: 0.8 },
  },
});

/** Asked for apart: a refusal then costs the transcript, not the rules. */
export const transcribed = ({ transcription }: Rules): object => ({
  type: "session.update",
  event_id: requestIds.transcription,
  session: { type: "realtime", audio: { input: { transcription: { model: transcription } } } },
});

/** A turn of before, as an item of the conversation: the last one, unless it has its place after another (`root` is before all). */
export const pastTurn = (id: string, { persona, content }: Turn, afterId?: string): object => ({
  type: "conversation.item.create",
  ...(afterId === undefined ? {} : { previous_item_id: afterId }),
  item: {
    id,
    type: "message",
    role: persona === "human" ? "user" : "assistant",
    content: [{ type: persona === "human" ? "input_text" : "output_text", text: content }],
  },
});

export const toolOutput = (id: string, toolCallId: string, output: string): object => ({
  type: "conversation.item.create",
  item: { id, type: "function_call_output", call_id: toolCallId, output },
});

/** Has the model go on, or say what `instructions` ask for. */
export const response = (instructions?: string): object => ({
  type: "response.create",
  event_id: requestIds.response,
  response: instructions === undefined ? {} : { instructions, tool_choice: "none" },
});

export const cancellation = (responseId: string): object => ({ type: "response.cancel", response_id: responseId });

export const deletion = (itemId: string): object => ({ type: "conversation.item.delete", item_id: itemId });
