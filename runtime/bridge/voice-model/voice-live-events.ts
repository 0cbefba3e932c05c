/**
 * Voice Live's dialect of the realtime API, in and out: the sound and words of answers have their older names, a session's settings are flat,
 * and what we word ourselves is spoken without a model (Azure docs, "Voice Live 2026-04-10 API Reference", and its specification in
 * azure-rest-api-specs, ai/data-plane/VoiceLive).
 */
import { z } from "zod";
import type { Language } from "../../agent.ts";
import * as general from "./realtime-events.ts";
import { isBeside, type ModelBrief, type ModelCommand, type ModelEvent } from "./voice-model.ts";

/** The id of what a session is told about itself, so that its refusal can be told from that of a command. */
const briefEventId = "brief";
/** Recognition tells at most so many languages apart; the first is the likeliest (Azure docs, "Voice Live API language support"). */
const mostLanguages = 10;
/** The service takes a threshold from the one to below the other. */
const [leastThreshold, mostThreshold] = [0.01, 0.99];

const generalNames: Readonly<Record<string, string>> = {
  "response.audio.delta": "response.output_audio.delta",
  "response.audio_transcript.delta": "response.output_audio_transcript.delta",
};
const named = z.looseObject({ type: z.string() });
const recognised = z.object({ phrases: z.array(z.object({ locale: z.string() })).min(1) });
const briefRefused = z.object({ error: z.object({ event_id: z.literal(briefEventId) }) });

/** Reads a message of the service; undefined for one that a phone call has no use for. Never throws. */
export function readEvent(data: Buffer): ModelEvent | undefined {
  return general.readMessage(data, "response.audio.delta", understand);
}

function understand(message: unknown, sound?: Buffer): ModelEvent | undefined {
  const { type, ...rest } = named.parse(message);
  const event = general.translate({ ...rest, type: generalNames[type] ?? type }, sound);
  // The service changes a voice only before it has spoken with it. A session that goes on as it was is of no use: the next one begins anew.
  if (event?.kind === "refused" && briefRefused.safeParse(message).success) return { kind: "closed" };
  const language = event?.kind === "turn_heard" ? recognised.safeParse(message).data?.phrases[0]?.locale : undefined;
  return event?.kind === "turn_heard" && language ? { ...event, language } : event;
}

/** What a session is told, always as a whole. */
export function sessionUpdate(brief: ModelBrief): object {
  const voice = voiceOf(brief);
  const session = {
    modalities: ["text", "audio"],
    instructions: brief.instructions,
    ...(voice ? { voice } : {}),
    input_audio_format: "pcm16",
    input_audio_sampling_rate: 24_000,
    output_audio_format: "pcm16",
    input_audio_noise_reduction: { type: "azure_deep_noise_suppression" },
    input_audio_transcription: { model: "azure-speech", language: localesOf(brief).slice(0, mostLanguages).join(",") },
    // Where the language of a turn is.
    include: ["item.input_audio_transcription.phrases"],
    turn_detection: {
      // Of the kinds that go with Azure Speech the one for more than English; a session keeps the kind it began with.
      type: "azure_semantic_vad_multilingual",
      threshold: Math.min(Math.max(brief.vadThreshold, leastThreshold), mostThreshold),
      prefix_padding_ms: general.prefixPaddingMs,
      silence_duration_ms: brief.vadSilenceMs,
      create_response: true,
      // A cough would silence the assistant, and the service does not know how much was played: the call decides both.
      interrupt_response: false,
      auto_truncate: false,
    },
    tools: brief.tools.map((each) => ({ type: "function", ...each })),
    tool_choice: "auto",
  };
  return { type: "session.update", event_id: briefEventId, session };
}

/** The voice of the call's language; it may speak the others of the line too, and does so with their accents. */
function voiceOf(brief: ModelBrief): object | undefined {
  const { language, languages, speed } = brief;
  const own: Language | undefined = languages.find((each) => each.short_code === language) ?? languages[0];
  if (!own) return undefined;
  const kind = own.custom_voice_endpoint_id
    ? { type: "azure-custom", endpoint_id: own.custom_voice_endpoint_id }
    : { type: "azure-standard" };
  const lexicon = own.lexicon_url ? { custom_lexicon_url: own.lexicon_url } : {};
  return { ...kind, name: own.voice, prefer_locales: localesOf(brief), rate: String(speed), ...lexicon };
}

/** The call's language, then the others of the line. */
function localesOf({ language, languages }: ModelBrief): string[] {
  return [language, ...languages.map((each) => each.short_code).filter((each) => each !== language)];
}

/** The messages that carry out a command, in order. */
export function writeCommand(command: ModelCommand): (Buffer | object)[] {
  if (command.kind === "respond")
    return [{ type: "response.create", event_id: general.respondEventId(command.purpose), response: responseOf(command) }];
  // The sound passes here, so there is none at the service to forget.
  return command.kind === "clear" ? [] : general.writeCommand(command);
}

/** By itself the service would cancel what it is saying, and remember all that it says. */
function responseOf({ purpose, say }: Extract<ModelCommand, { kind: "respond" }>): object {
  const asked = { metadata: { purpose }, cancel_previous: false };
  if (say === undefined) return asked;
  const message = { type: "message", role: "assistant", content: [{ type: "text", text: say }] };
  return { ...asked, commit: !isBeside(purpose), pre_generated_assistant_message: message };
}
