/**
 * A realtime session: what clients send, what they are told, and the conversation between. It knows no socket; every attached listener
 * hears every event, and the peer of a WebRTC or SIP call lends it a microphone and a speaker.
 */
import type { Clock } from "../../clock.ts";
import { countTokens, type Model } from "../../model/conversation.ts";
import type { Voice } from "../../voice/voice.ts";
import { InvalidRequest } from "../answers.ts";
import { Conversation } from "./conversation.ts";
import { decoded, InputAudio } from "./input-audio.ts";
import { itemFrom, type MessageItem } from "./items.ts";
import { Responses, type Speaker } from "./responses.ts";
import { type SessionSettings, updated } from "./settings.ts";
import type { TurnEvent } from "./turn-detection.ts";

type Json = Record<string, unknown>;

/** The service's hard limit of a session (Azure docs, "How to use the GPT Realtime API", 2026-03-20). */
export const longestSessionMs = 60 * 60_000;

export interface Listener {
  send(event: Json): void;
  /** WebSocket close code and reason. */
  close(code: number, reason: string): void;
}

export interface SessionParts {
  readonly clock: Clock;
  readonly model: Model;
  readonly voice: Voice;
  readonly random: () => number;
  readonly newId: (prefix: string) => string;
  readonly settings: SessionSettings;
  /** Of the deployment, tokens a minute. */
  readonly tokensPerMinute: number;
  readonly ended: () => void;
}

export class RealtimeSession {
  readonly id: string;
  readonly #parts: SessionParts;
  readonly #listeners = new Set<Listener>();
  readonly #conversation: Conversation;
  readonly #input: InputAudio;
  readonly #cancelLimit: () => void;
  readonly #expiresAtSeconds: number;
  #settings: SessionSettings;
  #turnItemId: string | undefined;
  readonly #responses: Responses;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.id = parts.newId("sess");
    const emit = (type: string, event: Json) => this.#emit(type, event);
    this.#conversation = new Conversation(emit);
    this.#responses = new Responses({ ...parts, settings: () => this.#settings, conversation: this.#conversation, emit });
    this.#input = new InputAudio(parts.voice);
    this.#expiresAtSeconds = Math.floor((parts.clock.nowMs() + longestSessionMs) / 1_000);
    this.#cancelLimit = parts.clock.after(longestSessionMs, () => this.#expire());
    this.#input.detectTurns(this.#settings.audio.input.turn_detection);
  }

  get settings(): SessionSettings {
    return this.#settings;
  }

  attach(listener: Listener): void {
    this.#listeners.add(listener);
    listener.send(this.#event("session.created", { session: this.#body() }));
  }

  detach(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  lendSpeaker(speaker: Speaker): void {
    this.#responses.lendSpeaker(speaker);
  }

  /** The speaker has played so much more of what it was given. */
  played(durationMs: number): void {
    this.#responses.played(durationMs);
  }

  /** A key of the keypad, which the service hears in SIP calls. */
  press(key: string): void {
    const received_at = Math.floor(this.#parts.clock.nowMs() / 1_000);
    if (!this.#closed) this.#emit("input_audio_buffer.dtmf_event_received", { event: key, received_at });
  }

  /** Ends the session and closes whoever listens. */
  close(code = 1_000, reason = ""): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelLimit();
    this.#responses.abandon();
    this.#input.close();
    for (const listener of this.#listeners) listener.close(code, reason);
    this.#listeners.clear();
    this.#parts.ended();
  }

  /** One event of a client, as text. What is wrong with it is answered, never thrown. */
  receive(text: string): void {
    if (this.#closed) return;
    let event: Json = {};
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed !== "object" || parsed === null)
        throw new InvalidRequest("An event is a JSON object with a 'type'.", "type");
      event = parsed as Json;
      this.#handle(event);
    } catch (error) {
      if (!(error instanceof InvalidRequest || error instanceof SyntaxError)) throw error;
      const known =
        error instanceof InvalidRequest
          ? error
          : new InvalidRequest("The event could not be read: send JSON.", null, "invalid_json");
      this.#fault(known.code, known.message, known.param, event.event_id);
    }
  }

  #handle(event: Json): void {
    switch (event.type) {
      case "session.update":
        this.#settings = updated(this.#settings, event.session, { voiceFixed: this.#conversation.hasAudio });
        this.#input.detectTurns(this.#settings.audio.input.turn_detection);
        this.#emit("session.updated", { session: this.#body() });
        break;
      case "input_audio_buffer.append":
        this.hear(decoded(event.audio, this.#settings.audio.input.format));
        break;
      case "input_audio_buffer.commit":
        this.#commit();
        break;
      case "input_audio_buffer.clear":
        this.#input.clear();
        this.#emit("input_audio_buffer.cleared", {});
        break;
      case "conversation.item.create":
        this.#conversation.add(itemFrom(event.item, this.#parts.newId("item")), event.previous_item_id);
        break;
      case "conversation.item.retrieve":
        this.#emit("conversation.item.retrieved", { item: this.#conversation.find(event.item_id) });
        break;
      case "conversation.item.delete":
        this.#conversation.delete(event.item_id);
        break;
      case "conversation.item.truncate":
        this.#conversation.truncate(event);
        break;
      case "response.create":
        this.#responses.create((event.response ?? {}) as Json);
        break;
      case "response.cancel":
        this.#responses.cancel(event.response_id);
        break;
      case "output_audio_buffer.clear":
        this.#responses.clear();
        break;
      default:
        throw new InvalidRequest(`Invalid value: '${String(event.type)}'. It is not an event this service takes.`, "type");
    }
  }

  /** The caller's sound, 24 kHz. */
  hear(pcm: Int16Array): void {
    if (this.#closed) return;
    for (const event of this.#input.take(pcm)) this.#onTurn(event);
  }

  #onTurn(event: TurnEvent): void {
    const turns = this.#settings.audio.input.turn_detection;
    if (event.type === "started") {
      this.#turnItemId = this.#parts.newId("item");
      const place = { audio_start_ms: Math.max(0, event.audioStartMs), item_id: this.#turnItemId };
      this.#emit("input_audio_buffer.speech_started", place);
      if (turns?.interrupt_response) this.#responses.interrupt();
    }
    if (event.type === "stopped") {
      this.#emit("input_audio_buffer.speech_stopped", { audio_end_ms: event.audioEndMs, item_id: this.#turnItemId });
      this.#commit();
      if (turns?.create_response && !this.#responses.isActive) this.#responses.create({});
    }
  }

  #commit(): void {
    const transcript = this.#input.commit();
    const item: MessageItem = {
      id: this.#turnItemId ?? this.#parts.newId("item"),
      object: "realtime.item",
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_audio", transcript: null }],
    };
    this.#turnItemId = undefined;
    this.#emit("input_audio_buffer.committed", { item_id: item.id, previous_item_id: this.#conversation.lastId });
    this.#conversation.add(item);
    item.content = [{ type: "input_audio", transcript }];
    if (this.#settings.audio.input.transcription) this.#transcribe(item.id, transcript);
  }

  #transcribe(itemId: string, transcript: string): void {
    const place = { item_id: itemId, content_index: 0 };
    if (transcript) this.#emit("conversation.item.input_audio_transcription.delta", { ...place, delta: transcript });
    const tokens = countTokens(transcript);
    const usage = { type: "tokens", input_tokens: tokens, output_tokens: tokens, total_tokens: 2 * tokens };
    this.#emit("conversation.item.input_audio_transcription.completed", { ...place, transcript, usage });
  }

  #expire(): void {
    this.#fault("session_expired", "Your session hit the maximum duration of 60 minutes.", null, undefined);
    this.close(1_001, "session_expired");
  }

  #fault(code: string, message: string, param: string | null, causeId: unknown): void {
    const type = code === "session_expired" ? "session_expired" : "invalid_request_error";
    this.#emit("error", { error: { type, code, message, param, event_id: typeof causeId === "string" ? causeId : null } });
  }

  #body(): Json {
    return { ...this.#settings, id: this.id, object: "realtime.session", expires_at: this.#expiresAtSeconds };
  }

  #event(type: string, event: Json): Json {
    return { type, event_id: this.#parts.newId("event"), ...event };
  }

  #emit(type: string, event: Json): void {
    const whole = this.#event(type, event);
    for (const listener of this.#listeners) listener.send(whole);
  }
}
