/**
 * A Voice Live session: a realtime session of the OpenAI stand-in spoken to in Voice Live's dialect. What is only of that API's newer
 * shapes is refused, and what only Voice Live has is done here.
 */
import { InvalidRequest } from "../openai/answers.ts";
import { type Listener, RealtimeSession, type SessionParts } from "../openai/realtime/session.ts";
import { defaultSettings as generalDefaults } from "../openai/realtime/settings.ts";
import { spokenLanguage } from "../speech/spoken-language.ts";
import { PromptedModel } from "./prompted-model.ts";
import { asked } from "./responses.ts";
import { defaultSettings, inGeneral, type UpdateRules, updated, type VoiceLiveSettings } from "./settings.ts";

type Json = Record<string, unknown>;

/** Its own name of an event, where that differs. */
const names: Readonly<Record<string, string>> = {
  "conversation.item.added": "conversation.item.created",
  "response.output_audio.delta": "response.audio.delta",
  "response.output_audio.done": "response.audio.done",
  "response.output_audio_transcript.delta": "response.audio_transcript.delta",
  "response.output_audio_transcript.done": "response.audio_transcript.done",
  "response.output_text.delta": "response.text.delta",
  "response.output_text.done": "response.text.done",
};
const absent: readonly unknown[] = ["conversation.item.done", "rate_limits.updated"];
/** Events of clients that are the same in both dialects. */
const same: readonly unknown[] = [
  "input_audio_buffer.append",
  "input_audio_buffer.commit",
  "input_audio_buffer.clear",
  "conversation.item.retrieve",
  "conversation.item.truncate",
  "conversation.item.delete",
  "response.cancel",
];
/** What the multilingual model hears when no language is named ("Voice Live API language support"). */
const automatic = ["en-US", "zh-CN", "fr-FR", "de-DE", "es-ES", "hi-IN", "it-IT", "ja-JP", "ko-KR"];

export interface VoiceLiveParts extends Omit<SessionParts, "settings"> {
  /** Which of the service's models it is opened with. */
  readonly name: string;
  readonly customVoices: UpdateRules["customVoices"];
}

export class VoiceLiveSession {
  readonly #session: RealtimeSession;
  readonly #model: PromptedModel;
  readonly #parts: VoiceLiveParts;
  readonly #listeners = new Map<Listener, Listener>();
  #settings: VoiceLiveSettings;
  #hasSpoken = false;
  /** The answer of the conversation that is being given. */
  #answering: unknown;
  #language: string | undefined;
  #turn = { startMs: 0, endMs: 0 };

  constructor(parts: VoiceLiveParts) {
    this.#parts = parts;
    this.#settings = defaultSettings(parts.name);
    this.#model = new PromptedModel(parts.model);
    this.#session = new RealtimeSession({ ...parts, model: this.#model, settings: generalDefaults(parts.name) });
    this.#session.receive(JSON.stringify({ type: "session.update", session: inGeneral(this.#settings) }));
  }

  attach(listener: Listener): void {
    const translating: Listener = {
      send: (event) => this.#tell(listener, event),
      close: (code, reason) => listener.close(code, reason),
    };
    this.#listeners.set(listener, translating);
    this.#session.attach(translating);
  }

  detach(listener: Listener): void {
    const translating = this.#listeners.get(listener);
    if (translating) this.#session.detach(translating);
    this.#listeners.delete(listener);
  }

  close(code?: number, reason?: string): void {
    this.#session.close(code, reason);
  }

  /** One event of a client, as text. What is wrong with it is answered, never thrown. */
  receive(text: string): void {
    let event: Json = {};
    try {
      event = parsed(text);
      this.#handle(event, text);
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      this.#refuse(error, event.event_id);
    }
  }

  #handle(event: Json, text: string): void {
    if (same.includes(event.type)) this.#session.receive(text);
    else if (event.type === "session.update") this.#update(event);
    else if (event.type === "conversation.item.create") this.#pass({ ...event, item: given(event.item) });
    else if (event.type === "response.create") this.#respond(event);
    else if (event.type === "output_audio_buffer.clear")
      throw new InvalidRequest("'output_audio_buffer.clear' is for avatars.", "type");
    else throw new InvalidRequest(`Invalid value: '${String(event.type)}'. It is not an event this stand-in takes.`, "type");
  }

  #update(event: Json): void {
    const rules = { hasSpoken: this.#hasSpoken, customVoices: this.#parts.customVoices };
    this.#settings = updated(this.#settings, event.session, rules);
    this.#pass({ ...event, session: inGeneral(this.#settings) });
  }

  #respond(event: Json): void {
    const { cancelPrevious, words, response } = asked(event.response);
    if (cancelPrevious && this.#answering !== undefined) this.#pass({ type: "response.cancel", response_id: this.#answering });
    this.#model.during(words, () => this.#pass({ ...event, response }));
  }

  #pass(event: Json): void {
    this.#session.receive(JSON.stringify(event));
  }

  #refuse({ code, message, param }: InvalidRequest, causeId: unknown): void {
    const error = { type: "invalid_request_error", code, message, param, event_id: typeof causeId === "string" ? causeId : null };
    for (const listener of this.#listeners.keys()) listener.send({ type: "error", event_id: this.#parts.newId("event"), error });
  }

  #tell(listener: Listener, event: Json): void {
    if (absent.includes(event.type)) return;
    this.#notice(event);
    listener.send({ ...this.#inDialect(event), type: names[String(event.type)] ?? event.type });
  }

  #notice({ type, ...event }: Json): void {
    const response = (event.response ?? {}) as Json;
    if (type === "response.output_audio.delta") this.#hasSpoken = true;
    if (type === "response.created" && response.conversation_id !== null) this.#answering = response.id;
    if (type === "response.done" && response.id === this.#answering) this.#answering = undefined;
    if (type === "input_audio_buffer.speech_started") this.#turn = { ...this.#turn, startMs: Number(event.audio_start_ms) };
    if (type === "input_audio_buffer.speech_stopped") this.#turn = { ...this.#turn, endMs: Number(event.audio_end_ms) };
  }

  #inDialect(event: Json): Json {
    if (event.type === "session.created" || event.type === "session.updated") {
      const { id, object, expires_at } = event.session as Json;
      return { ...event, session: { ...this.#settings, id, object, expires_at } };
    }
    if (event.type === "conversation.item.input_audio_transcription.completed") {
      const { usage: _usage, ...rest } = event;
      return { ...rest, ...(this.#settings.include?.length ? { phrases: this.#phrases(String(event.transcript)) } : {}) };
    }
    if (event.item) return { ...event, item: told(event.item as Json) };
    if (!event.response) return event;
    const { output_modalities, output, ...response } = event.response as Json;
    const modalities = (output_modalities as string[]).includes("audio") ? ["text", "audio"] : ["text"];
    return { ...event, response: { ...response, modalities, output: (output as Json[]).map(told) } };
  }

  #phrases(text: string): Json[] {
    if (text === "") return [];
    const languages = this.#settings.input_audio_transcription?.language.split(",").filter(Boolean) ?? [];
    const candidates = languages.length > 0 ? languages : automatic;
    this.#language = spokenLanguage(text, candidates, this.#language ?? candidates[0]!);
    const { startMs, endMs } = this.#turn;
    const place = { offset_milliseconds: startMs, duration_milliseconds: Math.max(0, endMs - startMs) };
    return [{ ...place, text, locale: this.#language, confidence: 1 }];
  }
}

function parsed(text: string): Json {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new InvalidRequest("The event could not be read: send JSON.", null, "invalid_json");
  }
  if (typeof event !== "object" || event === null) throw new InvalidRequest("An event is a JSON object with a 'type'.", "type");
  return event as Json;
}

/** An item's content under its older names, as clients are told of it. */
function told(item: Json): Json {
  if (!Array.isArray(item.content)) return item;
  const content = item.content.map((part: Json) => ({ ...part, type: String(part.type).replace(/^output_/, "") }));
  return { ...item, content };
}

/** An item of a client: what the assistant said has the older name of text, and no sound can be given. */
function given(item: unknown): unknown {
  const { role, content } = (item ?? {}) as Json;
  if (role !== "assistant" || !Array.isArray(content)) return item;
  for (const [at, part] of content.entries())
    if (part?.type !== "text")
      throw new InvalidRequest(
        `Invalid value: '${String(part?.type)}'. Supported is 'text' for the role 'assistant'.`,
        `item.content[${at}].type`,
      );
  return { ...(item as Json), content: content.map((part: Json) => ({ ...part, type: "output_text" })) };
}
