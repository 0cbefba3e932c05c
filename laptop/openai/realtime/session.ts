/**
 * A realtime session: what clients send, what they are told, and the conversation between. It knows no socket; every attached listener
 * hears every event, and the peer of a WebRTC or SIP call lends it a microphone and a speaker.
 */
import type { Clock } from "../../clock.ts";
import { countTokens, type Model } from "../../model/conversation.ts";
import { pcmDurationMs } from "../../voice/sound.ts";
import type { Voice } from "../../voice/voice.ts";
import { InvalidRequest } from "../answers.ts";
import { toolChoiceOf } from "../chat-completions.ts";
import { Conversation } from "./conversation.ts";
import { decoded, InputAudio } from "./input-audio.ts";
import { itemFrom, type MessageItem, modelItems } from "./items.ts";
import { Playout } from "./playout.ts";
import { StreamedResponse } from "./response.ts";
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

/** Where a WebRTC or SIP call's sound is played; it tells the session by `played` what was. */
export interface Speaker {
  play(pcm: Int16Array): void;
  /** Drops what is queued. */
  clear(): void;
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
  readonly #conversationId: string;
  readonly #listeners = new Set<Listener>();
  readonly #conversation: Conversation;
  readonly #input: InputAudio;
  readonly #cancelLimit: () => void;
  readonly #expiresAtSeconds: number;
  #settings: SessionSettings;
  #turnItemId: string | undefined;
  #active: StreamedResponse | undefined;
  /** Responses outside the conversation (`conversation: "none"`), which run beside the active one. */
  readonly #beside = new Set<StreamedResponse>();
  #speaker: Speaker | undefined;
  readonly #playout = new Playout((type, response_id) => this.#emit(`output_audio_buffer.${type}`, { response_id }));
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.id = parts.newId("sess");
    this.#conversationId = parts.newId("conv");
    this.#conversation = new Conversation((type, event) => this.#emit(type, event));
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
    this.#speaker = speaker;
  }

  /** The speaker has played so much more of what it was given. */
  played(durationMs: number): void {
    this.#playout.played(durationMs);
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
    for (const response of this.#running()) response.abandon();
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
        this.#respond((event.response ?? {}) as Json);
        break;
      case "response.cancel":
        this.#cancel(event.response_id);
        break;
      case "output_audio_buffer.clear":
        if (!this.#speaker) throw new InvalidRequest("'output_audio_buffer.clear' is for WebRTC and SIP sessions.", "type");
        for (const response of this.#running()) response.cancel("client_cancelled");
        this.#cutPlayback();
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
      if (!turns?.interrupt_response) return;
      this.#active?.cancel("turn_detected");
      if (this.#playout.isEmpty) return;
      for (const response of this.#beside) response.cancel("turn_detected");
      this.#cutPlayback();
    }
    if (event.type === "stopped") {
      this.#emit("input_audio_buffer.speech_stopped", { audio_end_ms: event.audioEndMs, item_id: this.#turnItemId });
      this.#commit();
      if (turns?.create_response && !this.#active) this.#respond({});
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

  #respond(options: Json): void {
    const outOfBand = options.conversation === "none";
    if (this.#active && !outOfBand)
      throw new InvalidRequest(
        `Conversation already has an active response in progress: ${this.#active.id}`,
        null,
        "conversation_already_has_active_response",
      );
    const input = Array.isArray(options.input)
      ? options.input.map((each) => itemFrom(each, this.#parts.newId("item")))
      : undefined;
    const modalities = Array.isArray(options.output_modalities) ? options.output_modalities : this.#settings.output_modalities;
    const most = options.max_output_tokens ?? this.#settings.max_output_tokens;
    const tools = (Array.isArray(options.tools) ? options.tools : this.#settings.tools) as {
      name: string;
      description?: string;
      parameters?: Json;
    }[];
    const conversation = {
      instructions: this.#settings.instructions,
      request: typeof options.instructions === "string" ? options.instructions : undefined,
      tools,
      toolChoice: toolChoiceOf(options.tool_choice ?? this.#settings.tool_choice),
      items: modelItems(input ?? this.#conversation.items),
      maxOutputTokens: typeof most === "number" ? most : undefined,
    };
    const reply = this.#parts.model.reply(conversation, { nowMs: this.#parts.clock.nowMs(), random: this.#parts.random });
    const sound = modalities[0] === "audio" && reply.say ? this.#parts.voice.speak(reply.say) : undefined;
    const response: StreamedResponse = new StreamedResponse({
      id: this.#parts.newId("resp"),
      reply,
      ...(sound ? { pcm: sound } : {}),
      format: this.#settings.audio.output.format.type,
      metadata: options.metadata,
      maxOutputTokens: most,
      conversationId: outOfBand ? null : this.#conversationId,
      clock: this.#parts.clock,
      newId: this.#parts.newId,
      emit: (type, event) => this.#emit(type, event),
      play: this.#speaker && ((pcm) => this.#play(response, pcm)),
      begin: (item) => {
        if (!outOfBand) this.#conversation.insert(item);
        if (sound && item.type === "message") this.#conversation.noteAudio(item.id, pcmDurationMs(sound));
      },
      finished: () => {
        if (outOfBand) this.#beside.delete(response);
        else this.#active = undefined;
        this.#playout.complete(response.id);
        this.#emit("rate_limits.updated", { rate_limits: this.#rateLimits(reply.usage.inputTokens + reply.usage.outputTokens) });
      },
    });
    if (outOfBand) this.#beside.add(response);
    else this.#active = response;
    response.start();
  }

  #running(): StreamedResponse[] {
    return [...(this.#active ? [this.#active] : []), ...this.#beside];
  }

  /** The response with that id, or the active one when none is named. */
  #cancel(id: unknown): void {
    const running = this.#running().find((each) => (typeof id === "string" ? each.id === id : each === this.#active));
    if (!running) throw new InvalidRequest("Cancellation failed: no active response found.", null, "response_cancel_not_active");
    running.cancel("client_cancelled");
  }

  #play(response: StreamedResponse, pcm: Int16Array): void {
    const item = response.output.find((each): each is MessageItem => each.type === "message");
    if (item) this.#playout.give(response.id, item, pcmDurationMs(pcm));
    this.#speaker?.play(pcm);
  }

  /** The service holds a carried call's playback, so it cuts it itself and keeps only what was heard. */
  #cutPlayback(): void {
    this.#speaker?.clear();
    for (const { responseId, item, playedMs } of this.#playout.clear()) {
      this.#emit("output_audio_buffer.cleared", { response_id: responseId });
      // What was said beside the conversation is no item of it.
      if (!this.#conversation.items.includes(item)) continue;
      this.#conversation.keepHeard(item, playedMs);
      this.#emit("conversation.item.truncated", { item_id: item.id, content_index: 0, audio_end_ms: Math.floor(playedMs) });
    }
  }

  #rateLimits(usedTokens: number): Json[] {
    const limit = this.#parts.tokensPerMinute;
    return [{ name: "tokens", limit, remaining: Math.max(0, limit - usedTokens), reset_seconds: (usedTokens / limit) * 60 }];
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
