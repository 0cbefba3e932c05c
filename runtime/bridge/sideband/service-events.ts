/**
 * What the side socket of a chat's call hears (GA shapes, as typed by openai 7.57.0 `resources/realtime`). Both connections share the session:
 * what the browser changes or creates comes here as the service's own events, though never who asked for it.
 */
import { z } from "zod";
import { parsedJson } from "../../parsed-json.ts";

export interface ToolCall {
  readonly toolCallId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

export type Usage = Readonly<Record<string, unknown>>;

/** What of a session's settings is ours alone to say. */
export interface Configured {
  readonly instructions: string;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  /** `Infinity` where there is no limit. */
  readonly mostOutputTokens: number;
  /** The deployment that writes down what is said into the microphone. */
  readonly transcription: string | undefined;
}

export interface AddedItem {
  readonly itemId: string;
  readonly type: string;
  readonly role: string | undefined;
  /** Of all its texts. */
  readonly characters: number;
  /** It holds something else than words and sound, such as a picture. */
  readonly other: boolean;
}

export type ServiceEvent =
  | { readonly kind: "configured"; readonly configured: Configured }
  | { readonly kind: "speech_started" }
  /** What was said into the microphone has become an item. */
  | { readonly kind: "committed"; readonly itemId: string }
  | { readonly kind: "item_added"; readonly item: AddedItem }
  | { readonly kind: "transcribed"; readonly itemId: string; readonly text: string; readonly usage: Usage | undefined }
  | {
      readonly kind: "response_created";
      readonly responseId: string;
      /** Outside of the conversation. */
      readonly beside: boolean;
      readonly mostOutputTokens: number | undefined;
    }
  /** More of what an item says, or with `whole` all of it. */
  | {
      readonly kind: "words";
      readonly responseId: string;
      readonly itemId: string;
      readonly text: string;
      readonly whole: boolean;
      readonly spoken: boolean;
    }
  | {
      readonly kind: "response_done";
      readonly responseId: string;
      readonly status: string;
      readonly usage: Usage | undefined;
      readonly calls: readonly ToolCall[];
    }
  | { readonly kind: "playing"; readonly responseId: string }
  | { readonly kind: "played"; readonly responseId: string }
  /** What was to be heard of it is thrown away; how much was heard follows as `truncated`. */
  | { readonly kind: "cleared"; readonly responseId: string }
  | { readonly kind: "truncated"; readonly itemId: string; readonly heardMs: number }
  | { readonly kind: "refused"; readonly code: string; readonly eventId: string | undefined };

const id = z.string();
const most = z
  .union([z.number(), z.literal("inf")])
  .transform((value) => (value === "inf" ? Number.POSITIVE_INFINITY : value))
  .optional();
const usage = z.record(z.string(), z.unknown()).nullish();
const part = z.object({ type: z.string(), text: z.string().nullish(), transcript: z.string().nullish() });

const messages = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("session.updated"),
    session: z.object({
      instructions: z.string().catch(""),
      tools: z.array(z.object({ name: z.string().catch(""), description: z.string().catch("") })).catch([]),
      max_output_tokens: most,
      audio: z
        .object({ input: z.object({ transcription: z.object({ model: z.string() }).nullish() }).optional() })
        .optional()
        .catch(undefined),
    }),
  }),
  z.object({ type: z.literal("input_audio_buffer.speech_started") }),
  z.object({ type: z.literal("input_audio_buffer.committed"), item_id: id }),
  z.object({
    type: z.enum(["conversation.item.added", "conversation.item.created"]),
    item: z.object({ id, type: z.string(), role: z.string().optional(), content: z.array(part).catch([]) }),
  }),
  z.object({
    type: z.literal("conversation.item.input_audio_transcription.completed"),
    item_id: id,
    transcript: z.string(),
    usage,
  }),
  z.object({
    type: z.literal("response.created"),
    response: z.object({ id, conversation_id: z.string().nullish(), max_output_tokens: most }),
  }),
  z.object({ type: z.literal("response.output_audio_transcript.delta"), response_id: id, item_id: id, delta: z.string() }),
  z.object({ type: z.literal("response.output_text.delta"), response_id: id, item_id: id, delta: z.string() }),
  z.object({ type: z.literal("response.output_audio_transcript.done"), response_id: id, item_id: id, transcript: z.string() }),
  z.object({ type: z.literal("response.output_text.done"), response_id: id, item_id: id, text: z.string() }),
  z.object({
    type: z.literal("response.done"),
    response: z.object({
      id,
      status: z.string(),
      usage,
      output: z
        .array(
          z.object({
            type: z.string(),
            name: z.string().optional(),
            call_id: id.optional(),
            arguments: z.string().optional(),
          }),
        )
        .catch([]),
    }),
  }),
  z.object({ type: z.literal("output_audio_buffer.started"), response_id: id }),
  z.object({ type: z.literal("output_audio_buffer.stopped"), response_id: id }),
  z.object({ type: z.literal("output_audio_buffer.cleared"), response_id: id }),
  z.object({ type: z.literal("conversation.item.truncated"), item_id: id, audio_end_ms: z.number() }),
  z.object({
    type: z.literal("error"),
    error: z.object({ type: z.string(), code: z.string().nullish(), event_id: id.nullish() }),
  }),
]);
type Message = z.infer<typeof messages>;

/** Reads a message of the service; undefined for one that the watch has no use for. Never throws. */
export function readServiceEvent(text: string): ServiceEvent | undefined {
  const { data: message } = messages.safeParse(parsedJson(text));
  return message && translated(message);
}

function translated(message: Message): ServiceEvent {
  switch (message.type) {
    case "session.updated": {
      const { instructions, tools, max_output_tokens: limit = Number.POSITIVE_INFINITY, audio } = message.session;
      const transcription = audio?.input?.transcription?.model;
      return { kind: "configured", configured: { instructions, tools, mostOutputTokens: limit, transcription } };
    }
    case "input_audio_buffer.speech_started":
      return { kind: "speech_started" };
    case "input_audio_buffer.committed":
      return { kind: "committed", itemId: message.item_id };
    case "conversation.item.added":
    case "conversation.item.created":
      return { kind: "item_added", item: added(message.item) };
    case "conversation.item.input_audio_transcription.completed": {
      const { item_id: itemId, transcript: text } = message;
      return { kind: "transcribed", itemId, text, usage: message.usage ?? undefined };
    }
    case "response.created": {
      const { id: responseId, conversation_id, max_output_tokens: mostOutputTokens } = message.response;
      return { kind: "response_created", responseId, beside: conversation_id === null, mostOutputTokens };
    }
    case "response.output_audio_transcript.delta":
      return { ...place(message), text: message.delta, whole: false, spoken: true };
    case "response.output_text.delta":
      return { ...place(message), text: message.delta, whole: false, spoken: false };
    case "response.output_audio_transcript.done":
      return { ...place(message), text: message.transcript, whole: true, spoken: true };
    case "response.output_text.done":
      return { ...place(message), text: message.text, whole: true, spoken: false };
    case "response.done": {
      const { id: responseId, status, output } = message.response;
      const calls = output.flatMap(({ type, name, call_id: toolCallId, arguments: argumentsJson = "{}" }) =>
        type === "function_call" && name && toolCallId ? [{ toolCallId, name, argumentsJson }] : [],
      );
      return { kind: "response_done", responseId, status, usage: message.response.usage ?? undefined, calls };
    }
    case "output_audio_buffer.started":
      return { kind: "playing", responseId: message.response_id };
    case "output_audio_buffer.stopped":
      return { kind: "played", responseId: message.response_id };
    case "output_audio_buffer.cleared":
      return { kind: "cleared", responseId: message.response_id };
    case "conversation.item.truncated":
      return { kind: "truncated", itemId: message.item_id, heardMs: message.audio_end_ms };
    case "error":
      return { kind: "refused", code: message.error.code ?? message.error.type, eventId: message.error.event_id ?? undefined };
  }
}

const place = ({ response_id: responseId, item_id: itemId }: { response_id: string; item_id: string }) =>
  ({ kind: "words", responseId, itemId }) as const;

const known: readonly string[] = ["input_text", "input_audio", "output_text", "output_audio", "text", "audio"];

function added({ id: itemId, type, role, content }: Extract<Message, { item: object }>["item"]): AddedItem {
  const characters = content.reduce((total, each) => total + (each.text ?? each.transcript ?? "").length, 0);
  return { itemId, type, role, characters, other: content.some((each) => !known.includes(each.type)) };
}
