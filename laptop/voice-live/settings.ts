/**
 * A session's settings in Voice Live's flat shape: defaults, what an update may change, and the same in the realtime API's own words.
 * Azure docs, "Voice Live 2026-04-10 API Reference", RealtimeRequestSession. The laptop's voice sounds the same whatever voice is asked for.
 */
import { z } from "zod";
import { InvalidRequest } from "../openai/answers.ts";
import { hears, transcribers } from "./models.ts";
import { notHere, read } from "./shapes.ts";

const text = z.string().min(1);
const wholeMs = z.int().min(0);
const languageTag = /^[a-z]{2,3}(-[A-Za-z]{2,4})*$/;

/** Named levels, relative changes and multiples, as SSML's prosody has them; a bare multiple is 0.5 to 1.5 ("Speaking rate"). */
const rate = z.string().refine((value) => !/^[\d.]+$/.test(value) || (Number(value) >= 0.5 && Number(value) <= 1.5), {
  error: "a multiple of the voice's own rate is 0.5 to 1.5.",
});
const azureVoice = {
  name: text,
  temperature: z.number().min(0).max(1).optional(),
  custom_lexicon_url: z.url().optional(),
  custom_text_normalization_url: z.url().optional(),
  prefer_locales: z.array(text).optional(),
  locale: text.optional(),
  style: text.optional(),
  pitch: text.optional(),
  rate: rate.optional(),
  volume: text.optional(),
};
const voiceSchema = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("azure-standard"), ...azureVoice }),
    z.strictObject({ type: z.literal("azure-custom"), endpoint_id: text, ...azureVoice }),
    z.strictObject({
      type: z.literal("openai"),
      name: z.enum(["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"]),
    }),
  ],
  { error: "this stand-in has voices of the types 'azure-standard', 'azure-custom' and 'openai'." },
);

const loudness = {
  threshold: z.number().min(0.01).lt(1).default(0.5),
  silence_duration_ms: wholeMs.default(500),
  create_response: z.boolean().default(true),
  interrupt_response: z.boolean().default(true),
  auto_truncate: z.literal(false, { error: "this stand-in does not truncate by itself; false." }).default(false),
  speech_duration_ms: notHere("least duration of speech"),
  end_of_utterance_detection: notHere("end-of-utterance detection"),
};
const meaning = {
  prefix_padding_ms: wholeMs.default(420),
  languages: z.array(text).optional(),
  remove_filler_words: z.literal(false, { error: "this stand-in knows no filler words; false." }).optional(),
  ...loudness,
};
const turnSchema = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("server_vad"), prefix_padding_ms: wholeMs.default(400), ...loudness }),
    z.strictObject({ type: z.literal("azure_semantic_vad"), ...meaning }),
    z.strictObject({ type: z.literal("azure_semantic_vad_multilingual"), ...meaning }),
  ],
  { error: "this stand-in has the types 'server_vad', 'azure_semantic_vad' and 'azure_semantic_vad_multilingual'." },
);

const transcriptionSchema = z.strictObject({
  model: text,
  /** Empty for any of the multilingual model's, else at most ten ("Voice Live API language support"). */
  language: z
    .string()
    .refine((value) => value === "" || value.split(",").every((each) => languageTag.test(each)), {
      error: "languages such as 'en-US', separated by commas.",
    })
    .refine((value) => value.split(",").length <= 10, { error: "at most 10 languages." })
    .default(""),
  phrase_list: z.array(text).optional(),
  custom_speech: notHere("custom speech models"),
});

export const toolsSchema = z.array(
  z.strictObject({
    type: z.literal("function", { error: "this stand-in runs functions only." }),
    name: text,
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  }),
);
export const toolChoiceSchema = z.union([
  z.enum(["auto", "none", "required"]),
  z.strictObject({ type: z.literal("function"), name: text }),
]);
export const modalitiesSchema = z
  .array(z.enum(["text", "audio"], { error: "this stand-in answers in 'text' and 'audio'." }))
  .refine((given) => given.includes("text"), { error: "['text', 'audio'] or ['text']; audio alone cannot be had." });
export const mostTokensSchema = z.union([z.int().min(1).max(4_096), z.literal("inf")]);
const reasoningSchema = z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]);

const sessionSchema = z.strictObject({
  model: text.optional(),
  modalities: modalitiesSchema.optional(),
  instructions: z.string().optional(),
  voice: voiceSchema.optional(),
  input_audio_format: z.literal("pcm16", { error: "this stand-in takes 'pcm16'." }).optional(),
  input_audio_sampling_rate: z.literal(24_000, { error: "this stand-in takes 24000." }).optional(),
  output_audio_format: z.literal("pcm16", { error: "this stand-in gives 'pcm16'." }).optional(),
  input_audio_noise_reduction: z.strictObject({ type: z.literal("azure_deep_noise_suppression") }).nullish(),
  input_audio_echo_cancellation: z.strictObject({ type: z.literal("server_echo_cancellation") }).nullish(),
  input_audio_transcription: transcriptionSchema.nullish(),
  turn_detection: turnSchema.nullish(),
  include: z
    .array(z.literal("item.input_audio_transcription.phrases", { error: "this stand-in includes phrases only." }))
    .optional(),
  tools: toolsSchema.optional(),
  tool_choice: toolChoiceSchema.optional(),
  temperature: z.number().min(0).max(1.2).optional(),
  max_response_output_tokens: mostTokensSchema.optional(),
  reasoning_effort: reasoningSchema.optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).optional(),
  avatar: notHere("avatars"),
  animation: notHere("animation"),
  output_audio_timestamp_types: notHere("timestamps of words"),
  interim_response: notHere("interim responses"),
});

type Update = z.output<typeof sessionSchema>;
type Always = "model" | "modalities" | "instructions" | "tools" | "tool_choice" | "max_response_output_tokens";
export type VoiceLiveSettings = Update & { readonly [Key in Always]: NonNullable<Update[Key]> };

export function defaultSettings(model: string): VoiceLiveSettings {
  return {
    model,
    modalities: ["text", "audio"],
    instructions: "",
    voice: hears(model) ? { type: "openai", name: "alloy" } : { type: "azure-standard", name: "en-US-AvaMultilingualNeural" },
    input_audio_format: "pcm16",
    input_audio_sampling_rate: 24_000,
    output_audio_format: "pcm16",
    input_audio_noise_reduction: null,
    input_audio_echo_cancellation: null,
    // Azure Speech hears for a model that only reads, whether it was asked to or not.
    input_audio_transcription: hears(model) ? null : { model: "azure-speech", language: "" },
    turn_detection: turnSchema.parse({ type: "server_vad" }),
    tools: [],
    tool_choice: "auto",
    max_response_output_tokens: "inf",
  };
}

export interface UpdateRules {
  /** The assistant has spoken: its voice stays ("RealtimeResponseSession", voice). */
  readonly hasSpoken: boolean;
  /** Endpoints of custom voices there are. */
  readonly customVoices: readonly string[];
}

/** The settings after an update; throws `InvalidRequest` whose `param` names the first thing wrong. */
export function updated(
  settings: VoiceLiveSettings,
  update: unknown,
  { hasSpoken, customVoices }: UpdateRules,
): VoiceLiveSettings {
  const given = read(sessionSchema, update, "session");
  const { model } = settings;
  if (given.model !== undefined && given.model !== model)
    throw new InvalidRequest(
      "The model of a session cannot be changed. Open a new session.",
      "session.model",
      "cannot_update_model",
    );
  const transcriber = given.input_audio_transcription?.model;
  if (transcriber !== undefined && !transcribers(model).includes(transcriber))
    throw new InvalidRequest(
      `Invalid value: '${transcriber}'. Beside the model ${model} there are ${transcribers(model).join(", ")}.`,
      "session.input_audio_transcription.model",
    );
  const { voice } = given;
  if (voice?.type === "openai" && !hears(model))
    throw new InvalidRequest(`The model ${model} speaks with Azure voices only.`, "session.voice.type");
  if (voice?.type === "azure-custom" && !customVoices.includes(voice.endpoint_id))
    throw new InvalidRequest("There is no custom voice at this endpoint.", "session.voice.endpoint_id");
  if (hasSpoken && voice && nameOf(voice) !== nameOf(settings.voice))
    throw new InvalidRequest(
      "Cannot update a conversation's voice if assistant audio is present.",
      "session.voice",
      "cannot_update_voice",
    );
  return { ...settings, ...given } as VoiceLiveSettings;
}

const nameOf = (voice: Update["voice"]): string => `${voice?.type} ${voice?.name}`;

/** The same as an update of a realtime session, in that API's words. */
export function inGeneral(settings: VoiceLiveSettings): Record<string, unknown> {
  const { input_audio_transcription: transcription, turn_detection: turns } = settings;
  return {
    type: "realtime",
    instructions: settings.instructions,
    output_modalities: [settings.modalities.includes("audio") ? "audio" : "text"],
    tools: settings.tools,
    tool_choice: settings.tool_choice,
    max_output_tokens: settings.max_response_output_tokens,
    audio: {
      input: {
        transcription: transcription ? { model: transcription.model } : null,
        turn_detection: turns
          ? {
              type: "server_vad",
              threshold: turns.threshold,
              prefix_padding_ms: turns.prefix_padding_ms,
              silence_duration_ms: turns.silence_duration_ms,
              create_response: turns.create_response,
              interrupt_response: turns.interrupt_response,
            }
          : null,
      },
    },
  };
}
