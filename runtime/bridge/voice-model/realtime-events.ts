/**
 * The realtime API's own messages (GA shapes, as typed by openai 7.57.0 `resources/realtime`), in and out. Audio is cut out of its message
 * and put into one without being parsed.
 */
import { z } from "zod";
import { audioFrom } from "../audio.ts";
import { openEnvelope } from "../envelope.ts";
import { isBeside, type ModelBrief, type ModelCommand, type ModelEvent, type Purpose, purposes } from "./voice-model.ts";

/** Sound given to the model from before the speech it detects: the service's default. */
export const prefixPaddingMs = 300;
/** Begins the id of our requests to speak, so that a refusal can be told from that of any other command; the purpose follows. */
const respondPrefix = "respond-";
/** One of the two voices recommended for quality (openai 7.57.0, `RealtimeAudioConfigOutput`). */
const voice = "marin";
const pcm = { type: "audio/pcm", rate: 24_000 } as const;

const id = z.string();
const events = z.discriminatedUnion("type", [
  z.object({ type: z.literal("session.updated") }),
  z.object({ type: z.literal("input_audio_buffer.speech_started"), audio_start_ms: z.number() }),
  z.object({ type: z.literal("input_audio_buffer.speech_stopped") }),
  z.object({ type: z.literal("input_audio_buffer.committed"), item_id: id }),
  z.object({ type: z.literal("conversation.item.input_audio_transcription.completed"), item_id: id, transcript: z.string() }),
  z.object({ type: z.literal("conversation.item.input_audio_transcription.failed"), item_id: id }),
  z.object({
    type: z.literal("response.created"),
    response: z.object({ id, metadata: z.record(z.string(), z.string()).nullish() }),
  }),
  z.object({
    type: z.literal("response.output_audio.delta"),
    response_id: id,
    item_id: id,
    content_index: z.number(),
    delta: z.string(),
  }),
  z.object({ type: z.literal("response.output_audio_transcript.delta"), response_id: id, item_id: id, delta: z.string() }),
  z.object({
    type: z.literal("response.output_item.done"),
    response_id: id,
    item: z.object({ type: z.string(), name: id.optional(), call_id: id.optional(), arguments: z.string().optional() }),
  }),
  z.object({
    type: z.literal("response.done"),
    response: z.object({ id, status: z.string(), status_details: z.object({ reason: z.string().nullish() }).nullish() }),
  }),
  z.object({ type: z.literal("output_audio_buffer.started"), response_id: id }),
  z.object({ type: z.literal("output_audio_buffer.stopped"), response_id: id }),
  z.object({ type: z.literal("conversation.item.truncated"), item_id: id, audio_end_ms: z.number() }),
  z.object({ type: z.literal("input_audio_buffer.dtmf_event_received"), event: z.string().regex(/^[0-9*#A-D]$/) }),
  z.object({
    type: z.literal("error"),
    error: z.object({ code: z.string().nullish(), type: z.string(), event_id: id.nullish() }),
  }),
]);

/** Reads a message of the service; undefined for one that a phone call has no use for. Never throws. */
export function readEvent(data: Buffer): ModelEvent | undefined {
  return readMessage(data, "output_audio.delta", translate);
}

/**
 * Has a message understood, with the base64 of its sound apart when its type contains `soundType`; undefined for one that cannot be read.
 * Never throws.
 */
export function readMessage(
  data: Buffer,
  soundType: string,
  understand: (message: unknown, sound?: Buffer) => ModelEvent | undefined,
): ModelEvent | undefined {
  try {
    const envelope = data.includes(soundType) ? openEnvelope(data, "delta") : undefined;
    if (!envelope) return understand(JSON.parse(data.toString("utf8")));
    return understand(envelope.message, envelope.bulk);
  } catch {
    return undefined;
  }
}

/** What a message of the service means; `bulk` is its sound as base64, when that was cut out of it. */
export function translate(message: unknown, bulk?: Buffer): ModelEvent | undefined {
  const { data: event } = events.safeParse(message);
  switch (event?.type) {
    case undefined:
      return undefined;
    case "session.updated":
      return { kind: "ready" };
    case "input_audio_buffer.speech_started":
      return { kind: "speech_started", audioStartMs: event.audio_start_ms, paddingMs: prefixPaddingMs };
    case "input_audio_buffer.speech_stopped":
      return { kind: "speech_stopped" };
    case "input_audio_buffer.committed":
      return { kind: "turn_ended", itemId: event.item_id };
    case "conversation.item.input_audio_transcription.completed":
      return { kind: "turn_heard", itemId: event.item_id, text: event.transcript };
    case "conversation.item.input_audio_transcription.failed":
      return { kind: "turn_heard", itemId: event.item_id, text: "" };
    case "response.created":
      return { kind: "response_started", responseId: event.response.id, purpose: purposeOf(event.response.metadata?.purpose) };
    case "response.output_audio.delta": {
      const audio = audioFrom(bulk ?? Buffer.from(event.delta, "latin1"));
      const { response_id: responseId, item_id: itemId, content_index: contentIndex } = event;
      return audio && { kind: "speech", responseId, itemId, contentIndex, audio };
    }
    case "response.output_audio_transcript.delta":
      return { kind: "words", responseId: event.response_id, itemId: event.item_id, text: event.delta };
    case "response.output_item.done": {
      const { type, name, call_id: toolCallId, arguments: argumentsJson = "{}" } = event.item;
      if (type !== "function_call" || !name || !toolCallId) return undefined;
      return { kind: "tool_call", responseId: event.response_id, toolCallId, name, argumentsJson };
    }
    case "response.done":
      return { kind: "response_ended", responseId: event.response.id, outcome: outcomeOf(event.response) };
    case "output_audio_buffer.started":
      return { kind: "playing", responseId: event.response_id };
    case "output_audio_buffer.stopped":
      return { kind: "played", responseId: event.response_id };
    case "conversation.item.truncated":
      return { kind: "truncated", itemId: event.item_id, heardMs: event.audio_end_ms };
    case "input_audio_buffer.dtmf_event_received":
      return { kind: "digit", digit: event.event };
    case "error":
      return { kind: "refused", code: event.error.code ?? event.error.type, ...refusedPurpose(event.error.event_id) };
  }
}

function purposeOf(name: string | undefined): Purpose {
  return purposes.find((each) => each === name) ?? "answer";
}

function refusedPurpose(eventId: string | null | undefined): { purpose?: Purpose } {
  return eventId?.startsWith(respondPrefix) ? { purpose: purposeOf(eventId.slice(respondPrefix.length)) } : {};
}

function outcomeOf({
  status,
  status_details,
}: {
  status: string;
  status_details?: { reason?: string | null | undefined } | null | undefined;
}) {
  if (status === "cancelled") return "cancelled";
  return status === "failed" || status_details?.reason === "content_filter" ? "failed" : "completed";
}

/** What a session is told. `transcription` is a deployment's name; the voice is told once, since it may not change after its first word. */
export function sessionUpdate(brief: ModelBrief, transcription: string, opening: boolean): object {
  // A cough would silence the assistant: the session interrupts by itself once speech lasts.
  const session = sessionOf(brief, transcription, { interrupt: false, voice: opening, format: { format: pcm } });
  return { type: "session.update", session };
}

/** What the session of a carried call is told once it has been opened. */
export function carriedUpdate(brief: ModelBrief, transcription: string): object {
  return { type: "session.update", session: sessionOf(brief, transcription, { interrupt: true, voice: false, format: {} }) };
}

/** What an incoming SIP call is accepted with; `deployment` is what the API calls its model. */
export function carriedSession(brief: ModelBrief, transcription: string, deployment: string) {
  return { ...sessionOf(brief, transcription, { interrupt: true, voice: true, format: {} }), model: deployment };
}

/**
 * Of a carried call the service alone knows how much was played, so it interrupts itself; and its format is what the network and the
 * service agreed on.
 */
interface Manner {
  readonly interrupt: boolean;
  readonly voice: boolean;
  readonly format: { readonly format?: typeof pcm };
}

function sessionOf(brief: ModelBrief, transcription: string, { interrupt, voice: withVoice, format }: Manner) {
  return {
    type: "realtime" as const,
    instructions: brief.instructions,
    output_modalities: ["audio" as const],
    audio: {
      input: {
        ...format,
        transcription: { model: transcription, language: brief.language.split("-")[0] ?? brief.language },
        turn_detection: {
          type: "server_vad" as const,
          threshold: brief.vadThreshold,
          silence_duration_ms: brief.vadSilenceMs,
          prefix_padding_ms: prefixPaddingMs,
          create_response: true,
          interrupt_response: interrupt,
        },
      },
      output: { ...format, speed: brief.speed, ...(withVoice ? { voice } : {}) },
    },
    tools: brief.tools.map((each) => ({ type: "function" as const, ...each })),
    tool_choice: "auto" as const,
  };
}

/** The id of a request to speak. */
export const respondEventId = (purpose: Purpose): string => `${respondPrefix}${purpose}`;

const appendOpening = Buffer.from('{"type":"input_audio_buffer.append","audio":"');
const appendClosing = Buffer.from('"}');

/** The messages that carry out a command, in order. */
export function writeCommand(command: ModelCommand): (Buffer | object)[] {
  switch (command.kind) {
    case "hear":
      return [Buffer.concat([appendOpening, command.audio.base64, appendClosing])];
    case "respond":
      return [{ type: "response.create", event_id: respondEventId(command.purpose), response: responseOf(command) }];
    case "cancel":
      return [{ type: "response.cancel", response_id: command.responseId }];
    case "truncate": {
      const { itemId: item_id, contentIndex: content_index, heardMs: audio_end_ms } = command;
      return [{ type: "conversation.item.truncate", item_id, content_index, audio_end_ms }];
    }
    case "tool_result": {
      const { toolCallId: call_id, content: output, call } = command;
      const asked = call && { type: "function_call", call_id, name: call.name, arguments: call.argumentsJson };
      const items = [...(asked ? [asked] : []), { type: "function_call_output", call_id, output }];
      return items.map((item) => ({ type: "conversation.item.create", item }));
    }
    case "clear":
      return [{ type: "output_audio_buffer.clear" }];
    case "note": {
      const content = [{ type: "input_text", text: command.text }];
      return [{ type: "conversation.item.create", item: { type: "message", role: "system", content } }];
    }
  }
}

function responseOf({ purpose, say }: Extract<ModelCommand, { kind: "respond" }>): object {
  const metadata = { purpose };
  if (say === undefined) return { metadata };
  const instructions = `Say exactly this to the caller, and nothing else: "${say}"`;
  // Beside the conversation the model needs no context, and must not wait for what it is doing there.
  const beside = isBeside(purpose) ? { conversation: "none", input: [] } : {};
  return { metadata, instructions, tool_choice: "none", ...beside };
}
