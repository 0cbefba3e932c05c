/**
 * A realtime session: what clients send, what they are told, and the conversation between. It knows no socket; every attached listener
 * hears every event, and the peer of a WebRTC call lends it a microphone and a speaker.
 */
import type { Clock } from "../../clock.ts";
import type { Model } from "../../model/conversation.ts";
import { pcmDurationMs, pcmFromBytes, pcmFromMuLaw, resample, voiceRate } from "../../voice/sound.ts";
import type { Ear, Voice } from "../../voice/voice.ts";
import { InvalidRequest } from "../answers.ts";
import { toolChoiceOf } from "../chat-completions.ts";
import { type ConversationItem, itemFrom, type MessageItem, modelItems } from "./items.ts";
import { StreamedResponse } from "./response.ts";
import { type SessionSettings, updated } from "./settings.ts";
import { TurnDetector, type TurnEvent } from "./turn-detection.ts";

type Json = Record<string, unknown>;

/** The service's hard limit of a session (Azure docs, "How to use the GPT Realtime API", 2026-03-20). */
export const longestSessionMs = 60 * 60_000;

/** The least audio a commit may hold, as the service says in its error. */
const leastCommitMs = 100;

export interface Listener {
  send(event: Json): void;
  /** WebSocket close code and reason. */
  close(code: number, reason: string): void;
}

/** Where a WebRTC call's sound is played. */
export interface Speaker {
  play(pcm: Int16Array): void;
  /** Drops what is queued; answers how much of the current utterance was played. */
  clear(): number;
  readonly playing: boolean;
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
  readonly #items: ConversationItem[] = [];
  readonly #audioMs = new Map<string, number>();
  readonly #cancelLimit: () => void;
  readonly #expiresAtSeconds: number;
  #settings: SessionSettings;
  #detector: TurnDetector | undefined;
  #ear: Ear;
  #words: string[] = [];
  #buffered: Int16Array[] = [];
  #bufferedMs = 0;
  #turnItemId: string | undefined;
  #active: StreamedResponse | undefined;
  #speaker: Speaker | undefined;
  #spoken: { responseId: string; item: MessageItem } | undefined;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.id = parts.newId("sess");
    this.#conversationId = parts.newId("conv");
    this.#ear = parts.voice.ear();
    this.#expiresAtSeconds = Math.floor((parts.clock.nowMs() + longestSessionMs) / 1_000);
    this.#cancelLimit = parts.clock.after(longestSessionMs, () => this.#expire());
    this.#listenForTurns();
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

  /** The speaker has played everything it was given. */
  playedOut(): void {
    if (this.#spoken) this.#emit("output_audio_buffer.stopped", { response_id: this.#spoken.responseId });
    this.#spoken = undefined;
  }

  /** Ends the session and closes whoever listens. */
  close(code = 1_000, reason = ""): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelLimit();
    this.#active?.abandon();
    this.#ear.close();
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
        this.#settings = updated(this.#settings, event.session, { voiceFixed: this.#audioMs.size > 0 });
        this.#listenForTurns();
        this.#emit("session.updated", { session: this.#body() });
        break;
      case "input_audio_buffer.append":
        this.hear(this.#decoded(event.audio));
        break;
      case "input_audio_buffer.commit":
        this.#commitByClient();
        break;
      case "input_audio_buffer.clear":
        this.#forgetInput();
        this.#emit("input_audio_buffer.cleared", {});
        break;
      case "conversation.item.create":
        this.#add(itemFrom(event.item, this.#parts.newId("item")), event.previous_item_id);
        break;
      case "conversation.item.retrieve":
        this.#emit("conversation.item.retrieved", { item: this.#find(event.item_id) });
        break;
      case "conversation.item.delete":
        this.#items.splice(this.#items.indexOf(this.#find(event.item_id)), 1);
        this.#emit("conversation.item.deleted", { item_id: event.item_id });
        break;
      case "conversation.item.truncate":
        this.#truncate(event);
        break;
      case "response.create":
        this.#respond((event.response ?? {}) as Json);
        break;
      case "response.cancel":
        if (!this.#active)
          throw new InvalidRequest("Cancellation failed: no active response found.", null, "response_cancel_not_active");
        this.#active.cancel("client_cancelled");
        break;
      case "output_audio_buffer.clear":
        if (!this.#speaker) throw new InvalidRequest("'output_audio_buffer.clear' is for WebRTC and SIP sessions.", "type");
        this.#active?.cancel("client_cancelled");
        this.#cutPlayback();
        break;
      default:
        throw new InvalidRequest(`Invalid value: '${String(event.type)}'. It is not an event this service takes.`, "type");
    }
  }

  /** The caller's sound, 24 kHz. */
  hear(pcm: Int16Array): void {
    if (this.#closed) return;
    if (this.#detector) for (const event of this.#detector.take(pcm)) this.#onTurn(event);
    else {
      this.#buffered.push(pcm);
      this.#bufferedMs += pcmDurationMs(pcm);
    }
  }

  #onTurn(event: TurnEvent): void {
    switch (event.type) {
      case "started":
        this.#turnItemId = this.#parts.newId("item");
        this.#emit("input_audio_buffer.speech_started", {
          audio_start_ms: Math.max(0, event.audioStartMs),
          item_id: this.#turnItemId,
        });
        if (this.#detector?.settings.interrupt_response) {
          this.#active?.cancel("turn_detected");
          if (this.#speaker?.playing) this.#cutPlayback();
        }
        this.#ear.close();
        this.#ear = this.#parts.voice.ear();
        this.#words = this.#ear.hear(event.pcm);
        return;
      case "speech":
        this.#words.push(...this.#ear.hear(event.pcm));
        return;
      case "stopped":
        this.#emit("input_audio_buffer.speech_stopped", { audio_end_ms: event.audioEndMs, item_id: this.#turnItemId });
        this.#commit();
        if (this.#detector?.settings.create_response && !this.#active) this.#respond({});
    }
  }

  #commitByClient(): void {
    if (this.#detector) {
      if (!this.#turnItemId)
        throw new InvalidRequest(
          "Error committing input audio buffer: the buffer is empty.",
          null,
          "input_audio_buffer_commit_empty",
        );
      this.#commit();
      return;
    }
    if (this.#bufferedMs < leastCommitMs)
      throw new InvalidRequest(
        `Error committing input audio buffer: buffer too small. Expected at least ${leastCommitMs}ms of audio, but buffer only has ${this.#bufferedMs.toFixed(2)}ms of audio.`,
        null,
        "input_audio_buffer_commit_empty",
      );
    this.#words = this.#buffered.flatMap((pcm) => this.#ear.hear(pcm));
    this.#commit();
  }

  #commit(): void {
    const transcript = [...this.#words, this.#ear.unfinished].filter(Boolean).join(" ");
    const item: MessageItem = {
      id: this.#turnItemId ?? this.#parts.newId("item"),
      object: "realtime.item",
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_audio", transcript: null }],
    };
    this.#emit("input_audio_buffer.committed", { item_id: item.id, previous_item_id: this.#items.at(-1)?.id ?? null });
    this.#forgetInput();
    this.#add(item);
    item.content = [{ type: "input_audio", transcript }];
    if (!this.#settings.audio.input.transcription) return;
    const place = { item_id: item.id, content_index: 0 };
    if (transcript) this.#emit("conversation.item.input_audio_transcription.delta", { ...place, delta: transcript });
    const tokens = Math.ceil(transcript.length / 4);
    const usage = { type: "tokens", input_tokens: tokens, output_tokens: tokens, total_tokens: 2 * tokens };
    this.#emit("conversation.item.input_audio_transcription.completed", { ...place, transcript, usage });
  }

  #forgetInput(): void {
    this.#buffered = [];
    this.#bufferedMs = 0;
    this.#words = [];
    this.#turnItemId = undefined;
    this.#ear.close();
    this.#ear = this.#parts.voice.ear();
  }

  #respond(options: Json): void {
    if (this.#active)
      throw new InvalidRequest(
        `Conversation already has an active response in progress: ${this.#active.id}`,
        null,
        "conversation_already_has_active_response",
      );
    const outOfBand = options.conversation === "none";
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
      items: modelItems(input ?? this.#items),
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
      conversationId: outOfBand ? null : this.#conversationId,
      clock: this.#parts.clock,
      newId: this.#parts.newId,
      emit: (type, event) => this.#emit(type, event),
      play: this.#speaker && ((pcm) => this.#play(response, pcm)),
      begin: (item) => {
        if (!outOfBand) this.#insert(item);
        if (sound && item.type === "message") this.#audioMs.set(item.id, pcmDurationMs(sound));
      },
      finished: () => {
        this.#active = undefined;
        this.#emit("rate_limits.updated", { rate_limits: this.#rateLimits(reply.usage.inputTokens + reply.usage.outputTokens) });
      },
    });
    this.#active = response;
    response.start();
  }

  #play(response: StreamedResponse, pcm: Int16Array): void {
    const item = response.output.find((each): each is MessageItem => each.type === "message");
    if (!this.#spoken && item) {
      this.#spoken = { responseId: response.id, item };
      this.#emit("output_audio_buffer.started", { response_id: response.id });
    }
    this.#speaker?.play(pcm);
  }

  /** The service holds a WebRTC call's playback, so it cuts it itself and keeps only what was heard. */
  #cutPlayback(): void {
    const playedMs = this.#speaker?.clear() ?? 0;
    const spoken = this.#spoken;
    this.#spoken = undefined;
    if (!spoken) return;
    this.#emit("output_audio_buffer.cleared", { response_id: spoken.responseId });
    this.#keepHeard(spoken.item, playedMs);
    this.#emit("conversation.item.truncated", { item_id: spoken.item.id, content_index: 0, audio_end_ms: Math.floor(playedMs) });
  }

  #truncate(event: Json): void {
    const item = this.#find(event.item_id);
    const audioMs = this.#audioMs.get(item.id);
    if (item.type !== "message" || audioMs === undefined)
      throw new InvalidRequest("Only model output audio messages can be truncated.", "item_id");
    const endMs = Number(event.audio_end_ms);
    if (!(Number.isFinite(endMs) && endMs >= 0))
      throw new InvalidRequest("Invalid 'audio_end_ms': milliseconds, 0 or more.", "audio_end_ms");
    if (endMs > audioMs)
      throw new InvalidRequest(`Audio content of ${Math.floor(audioMs)}ms is already shorter than ${endMs}ms.`, "audio_end_ms");
    this.#keepHeard(item, endMs);
    this.#emit("conversation.item.truncated", { item_id: item.id, content_index: event.content_index ?? 0, audio_end_ms: endMs });
  }

  /** Words and time run side by side in a response, so the part heard is the part kept. */
  #keepHeard(item: MessageItem, playedMs: number): void {
    const audioMs = this.#audioMs.get(item.id) ?? 0;
    const [part] = item.content;
    if (!part?.transcript || audioMs === 0 || playedMs >= audioMs) return;
    const whole = part.transcript;
    part.transcript = whole.slice(0, Math.floor((whole.length * playedMs) / audioMs)).trimEnd();
    this.#audioMs.set(item.id, playedMs);
  }

  #add(item: ConversationItem, previousId?: unknown): void {
    if (this.#items.some(({ id }) => id === item.id))
      throw new InvalidRequest(`Item with item_id already exists: ${item.id}`, "item.id", "item_id_already_exists");
    if (
      item.type === "function_call_output" &&
      !this.#items.some((each) => each.type === "function_call" && each.call_id === item.call_id)
    )
      throw new InvalidRequest("Tool call ID not found in conversation.", "item.call_id", "invalid_tool_call_id");
    this.#insert(item, previousId);
    this.#emit("conversation.item.done", { previous_item_id: this.#before(item), item: structuredClone(item) });
  }

  #insert(item: ConversationItem, previousId?: unknown): void {
    const after =
      typeof previousId === "string" && previousId !== "root"
        ? this.#items.indexOf(this.#find(previousId))
        : this.#items.length - 1;
    this.#items.splice(previousId === "root" ? 0 : after + 1, 0, item);
    this.#emit("conversation.item.added", { previous_item_id: this.#before(item), item: structuredClone(item) });
  }

  #before(item: ConversationItem): string | null {
    return this.#items[this.#items.indexOf(item) - 1]?.id ?? null;
  }

  #find(id: unknown): ConversationItem {
    const item = this.#items.find((each) => each.id === id);
    if (!item) throw new InvalidRequest(`Error: the item with id '${String(id)}' does not exist.`, "item_id", "item_not_found");
    return item;
  }

  #decoded(audio: unknown): Int16Array {
    if (typeof audio !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(audio))
      throw new InvalidRequest("Invalid 'audio'. Expected base64-encoded audio bytes in the session's input format.", "audio");
    const bytes = Buffer.from(audio, "base64");
    return this.#settings.audio.input.format.type === "audio/pcmu"
      ? resample(pcmFromMuLaw(bytes), 8_000, voiceRate)
      : pcmFromBytes(bytes);
  }

  #listenForTurns(): void {
    const settings = this.#settings.audio.input.turn_detection;
    if (!settings) this.#detector = undefined;
    else if (this.#detector?.settings !== settings) this.#detector = new TurnDetector(settings, this.#detector?.heardMs);
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
