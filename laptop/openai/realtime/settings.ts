/** A realtime session's settings in the GA shape: defaults, and what an update may change. */
import { InvalidRequest } from "../answers.ts";
import { defaultTurnDetection, type TurnDetection } from "./turn-detection.ts";

type Json = Record<string, unknown>;

export interface AudioFormat {
  readonly type: "audio/pcm" | "audio/pcmu";
  readonly rate?: 24_000;
}

export interface SessionSettings {
  readonly type: "realtime";
  readonly model: string;
  readonly instructions: string;
  readonly output_modalities: readonly ["audio"] | readonly ["text"];
  readonly tools: readonly Json[];
  readonly tool_choice: unknown;
  readonly max_output_tokens: number | "inf";
  readonly audio: {
    readonly input: {
      readonly format: AudioFormat;
      readonly transcription: Json | null;
      readonly noise_reduction: Json | null;
      readonly turn_detection: TurnDetection | null;
    };
    readonly output: { readonly format: AudioFormat; readonly voice: string; readonly speed: number };
  };
  readonly reasoning?: Json;
  readonly truncation: unknown;
  readonly tracing: unknown;
  readonly include: unknown;
  readonly prompt: unknown;
}

export function defaultSettings(model: string): SessionSettings {
  const format = { type: "audio/pcm", rate: 24_000 } as const;
  return {
    type: "realtime",
    model,
    instructions: "",
    output_modalities: ["audio"],
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
    audio: {
      input: { format, transcription: null, noise_reduction: null, turn_detection: defaultTurnDetection },
      output: { format, voice: "alloy", speed: 1 },
    },
    truncation: "auto",
    tracing: null,
    include: null,
    prompt: null,
  };
}

const sessionKeys = [
  "type",
  "model",
  "instructions",
  "output_modalities",
  "reasoning",
  "max_output_tokens",
  "audio",
  "tools",
  "tool_choice",
  "truncation",
  "tracing",
  "include",
  "prompt",
  "parallel_tool_calls",
];
const inputKeys = ["format", "noise_reduction", "transcription", "turn_detection"];
const outputKeys = ["format", "voice", "speed"];
const turnKeys = {
  server_vad: [
    "type",
    "threshold",
    "prefix_padding_ms",
    "silence_duration_ms",
    "create_response",
    "interrupt_response",
    "idle_timeout_ms",
  ],
  semantic_vad: ["type", "eagerness", "create_response", "interrupt_response"],
} as const;

/** The settings after an update; throws `InvalidRequest` whose `param` names the first thing wrong. `voiceFixed` once audio was given. */
export function updated(settings: SessionSettings, update: unknown, { voiceFixed = false } = {}): SessionSettings {
  const given = object(update, "session");
  if (given.type === undefined)
    throw new InvalidRequest("Missing required parameter: 'session.type'.", "session.type", "missing_required_parameter");
  if (given.type !== "realtime")
    throw new InvalidRequest(
      `Invalid value: '${String(given.type)}'. This stand-in holds sessions of type 'realtime'.`,
      "session.type",
    );
  only(given, sessionKeys, "session");
  if (given.model !== undefined && given.model !== settings.model)
    throw new InvalidRequest(
      "The model of a session cannot be changed. Open a new session.",
      "session.model",
      "cannot_update_model",
    );
  const { audio: _audio, parallel_tool_calls: _parallel, ...plain } = given;
  const next: SessionSettings = {
    ...settings,
    ...(plain as Partial<SessionSettings>),
    audio: audioOf(settings, given.audio, voiceFixed),
  };
  check(next);
  return next;
}

function audioOf({ audio }: SessionSettings, update: unknown, voiceFixed: boolean): SessionSettings["audio"] {
  if (update === undefined) return audio;
  const given = object(update, "session.audio");
  only(given, ["input", "output"], "session.audio");
  const input = given.input === undefined ? {} : object(given.input, "session.audio.input");
  const output = given.output === undefined ? {} : object(given.output, "session.audio.output");
  only(input, inputKeys, "session.audio.input");
  only(output, outputKeys, "session.audio.output");
  if (voiceFixed && output.voice !== undefined && output.voice !== audio.output.voice)
    throw new InvalidRequest(
      "Cannot update a conversation's voice if assistant audio is present.",
      "session.audio.output.voice",
      "cannot_update_voice",
    );
  const turnDetection = "turn_detection" in input ? turnDetectionOf(input.turn_detection) : audio.input.turn_detection;
  return {
    input: { ...audio.input, ...(input as object), turn_detection: turnDetection },
    output: { ...audio.output, ...(output as object) },
  };
}

function turnDetectionOf(update: unknown): TurnDetection | null {
  if (update === null) return null;
  const at = "session.audio.input.turn_detection";
  const given = object(update, at);
  const type = given.type ?? "server_vad";
  if (type !== "server_vad" && type !== "semantic_vad")
    throw new InvalidRequest(
      `Invalid value: '${String(type)}'. Supported values are: 'server_vad' and 'semantic_vad'.`,
      `${at}.type`,
    );
  only(given, turnKeys[type], at);
  if (given.idle_timeout_ms)
    throw new InvalidRequest("This stand-in has no idle timeout; leave 'idle_timeout_ms' out.", `${at}.idle_timeout_ms`);
  const merged = { ...defaultTurnDetection, ...(given as Partial<TurnDetection>), type } as TurnDetection;
  if (!(merged.threshold >= 0 && merged.threshold <= 1))
    throw new InvalidRequest("Invalid 'threshold': 0 to 1.", `${at}.threshold`);
  for (const key of ["prefix_padding_ms", "silence_duration_ms"] as const)
    if (!(Number.isInteger(merged[key]) && merged[key] >= 0))
      throw new InvalidRequest(`Invalid '${key}': whole milliseconds.`, `${at}.${key}`, "invalid_type");
  return merged;
}

function check({ output_modalities: modalities, max_output_tokens: most, instructions, tools, audio }: SessionSettings): void {
  if (!Array.isArray(modalities) || modalities.length !== 1 || !["audio", "text"].includes(String(modalities[0])))
    throw new InvalidRequest("Invalid 'output_modalities': either ['audio'] or ['text'].", "session.output_modalities");
  if (most !== "inf" && !(Number.isInteger(most) && most >= 1 && most <= 4_096))
    throw new InvalidRequest("Invalid 'max_output_tokens': 1 to 4096, or 'inf'.", "session.max_output_tokens");
  if (typeof instructions !== "string")
    throw new InvalidRequest("Invalid type for 'session.instructions': text.", "session.instructions", "invalid_type");
  if (!Array.isArray(tools))
    throw new InvalidRequest("Invalid type for 'session.tools': a list.", "session.tools", "invalid_type");
  for (const [at, tool] of tools.entries())
    if (tool.type !== "function" || typeof tool.name !== "string")
      throw new InvalidRequest(
        `Invalid 'session.tools[${at}]': {type: "function", name, description, parameters}. This stand-in runs no MCP tools.`,
        `session.tools[${at}]`,
      );
  for (const [side, { format }] of Object.entries(audio))
    if (!(format?.type === "audio/pcmu" || (format?.type === "audio/pcm" && format.rate === 24_000)))
      throw new InvalidRequest(
        "Invalid audio format: this stand-in takes {type: 'audio/pcm', rate: 24000} and {type: 'audio/pcmu'}.",
        `session.audio.${side}.format`,
      );
  const { speed, voice } = audio.output;
  if (!(speed >= 0.25 && speed <= 1.5)) throw new InvalidRequest("Invalid 'speed': 0.25 to 1.5.", "session.audio.output.speed");
  if (typeof voice !== "string" || voice === "")
    throw new InvalidRequest("Invalid 'voice': the name of a voice.", "session.audio.output.voice");
}

function object(value: unknown, at: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidRequest(`Invalid type for '${at}': expected an object.`, at, "invalid_type");
  return value as Json;
}

/** Preview shapes (`modalities`, `input_audio_format`, …) end here. */
function only(given: Json, keys: readonly string[], at: string): void {
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown) throw new InvalidRequest(`Unknown parameter: '${at}.${unknown}'.`, `${at}.${unknown}`, "unknown_parameter");
}
