/**
 * The responses of a session: one at a time in the conversation, others beside it, each from the model's reply to what is heard of it. The sound
 * of a carried call is played here, so that what is cut off is known.
 */
import type { Clock } from "../../clock.ts";
import type { Model } from "../../model/conversation.ts";
import { pcmDurationMs } from "../../voice/sound.ts";
import type { Voice } from "../../voice/voice.ts";
import { InvalidRequest } from "../answers.ts";
import { toolChoiceOf } from "../chat-completions.ts";
import type { Conversation } from "./conversation.ts";
import { itemFrom, type MessageItem, modelItems } from "./items.ts";
import { Playout } from "./playout.ts";
import { StreamedResponse } from "./response.ts";
import type { SessionSettings } from "./settings.ts";

type Json = Record<string, unknown>;

/** Where a WebRTC or SIP call's sound is played; it tells the session by `played` what was. */
export interface Speaker {
  play(pcm: Int16Array): void;
  /** Drops what is queued. */
  clear(): void;
}

export interface ResponsesParts {
  readonly clock: Clock;
  readonly model: Model;
  readonly voice: Voice;
  readonly random: () => number;
  readonly newId: (prefix: string) => string;
  /** As they are now. */
  readonly settings: () => SessionSettings;
  readonly conversation: Conversation;
  /** Of the deployment, tokens a minute. */
  readonly tokensPerMinute: number;
  readonly emit: (type: string, event: Json) => void;
}

export class Responses {
  readonly #parts: ResponsesParts;
  readonly #conversationId: string;
  readonly #playout: Playout;
  #active: StreamedResponse | undefined;
  /** Responses outside the conversation (`conversation: "none"`), which run beside the active one. */
  readonly #beside = new Set<StreamedResponse>();
  #speaker: Speaker | undefined;

  constructor(parts: ResponsesParts) {
    this.#parts = parts;
    this.#conversationId = parts.newId("conv");
    this.#playout = new Playout((type, response_id) => parts.emit(`output_audio_buffer.${type}`, { response_id }));
  }

  /** One is being made in the conversation. */
  get isActive(): boolean {
    return this.#active !== undefined;
  }

  lendSpeaker(speaker: Speaker): void {
    this.#speaker = speaker;
  }

  /** The speaker has played so much more of what it was given. */
  played(durationMs: number): void {
    this.#playout.played(durationMs);
  }

  /** Makes one as a client's `response.create` asks. Throws `InvalidRequest` while another one is active. */
  create(options: Json): void {
    const outOfBand = options.conversation === "none";
    if (this.#active && !outOfBand)
      throw new InvalidRequest(
        `Conversation already has an active response in progress: ${this.#active.id}`,
        null,
        "conversation_already_has_active_response",
      );
    const { clock, model, voice, random, newId, conversation, emit } = this.#parts;
    const settings = this.#parts.settings();
    const input = Array.isArray(options.input) ? options.input.map((each) => itemFrom(each, newId("item"))) : undefined;
    const modalities = Array.isArray(options.output_modalities) ? options.output_modalities : settings.output_modalities;
    const most = options.max_output_tokens ?? settings.max_output_tokens;
    const tools = (Array.isArray(options.tools) ? options.tools : settings.tools) as {
      name: string;
      description?: string;
      parameters?: Json;
    }[];
    const asked = {
      instructions: settings.instructions,
      request: typeof options.instructions === "string" ? options.instructions : undefined,
      tools,
      toolChoice: toolChoiceOf(options.tool_choice ?? settings.tool_choice),
      items: modelItems(input ?? conversation.items),
      maxOutputTokens: typeof most === "number" ? most : undefined,
    };
    const reply = model.reply(asked, { nowMs: clock.nowMs(), random });
    const sound = modalities[0] === "audio" && reply.say ? voice.speak(reply.say) : undefined;
    const response: StreamedResponse = new StreamedResponse({
      id: newId("resp"),
      reply,
      ...(sound ? { pcm: sound } : {}),
      format: settings.audio.output.format.type,
      metadata: options.metadata,
      maxOutputTokens: most,
      conversationId: outOfBand ? null : this.#conversationId,
      clock,
      newId,
      emit,
      play: this.#speaker && ((pcm) => this.#play(response, pcm)),
      begin: (item) => {
        if (!outOfBand) conversation.insert(item);
        if (sound && item.type === "message") conversation.noteAudio(item.id, pcmDurationMs(sound));
      },
      finished: () => {
        if (outOfBand) this.#beside.delete(response);
        else this.#active = undefined;
        this.#playout.complete(response.id);
        emit("rate_limits.updated", { rate_limits: this.#rateLimits(reply.usage.inputTokens + reply.usage.outputTokens) });
      },
    });
    if (outOfBand) this.#beside.add(response);
    else this.#active = response;
    response.start();
  }

  /** Ends the response with that id, or the active one when none is named. Throws `InvalidRequest` where there is none. */
  cancel(id: unknown): void {
    const running = this.#running().find((each) => (typeof id === "string" ? each.id === id : each === this.#active));
    if (!running) throw new InvalidRequest("Cancellation failed: no active response found.", null, "response_cancel_not_active");
    running.cancel("client_cancelled");
  }

  /** Somebody speaks: nothing more is said in the conversation, and nothing more heard of what is being played. */
  interrupt(): void {
    this.#active?.cancel("turn_detected");
    if (this.#playout.isEmpty) return;
    for (const response of this.#beside) response.cancel("turn_detected");
    this.#cutPlayback();
  }

  /** A client's `output_audio_buffer.clear`. Throws `InvalidRequest` where the client plays the sound itself. */
  clear(): void {
    if (!this.#speaker) throw new InvalidRequest("'output_audio_buffer.clear' is for WebRTC and SIP sessions.", "type");
    for (const response of this.#running()) response.cancel("client_cancelled");
    this.#cutPlayback();
  }

  /** Stops without a word, because the session is gone. */
  abandon(): void {
    for (const response of this.#running()) response.abandon();
  }

  #running(): StreamedResponse[] {
    return [...(this.#active ? [this.#active] : []), ...this.#beside];
  }

  #play(response: StreamedResponse, pcm: Int16Array): void {
    const item = response.output.find((each): each is MessageItem => each.type === "message");
    if (item) this.#playout.give(response.id, item, pcmDurationMs(pcm));
    this.#speaker?.play(pcm);
  }

  /** The service holds a carried call's playback, so it cuts it itself and keeps only what was heard. */
  #cutPlayback(): void {
    const { conversation, emit } = this.#parts;
    this.#speaker?.clear();
    for (const { responseId, item, playedMs } of this.#playout.clear()) {
      emit("output_audio_buffer.cleared", { response_id: responseId });
      // What was said beside the conversation is no item of it.
      if (!conversation.items.includes(item)) continue;
      conversation.keepHeard(item, playedMs);
      emit("conversation.item.truncated", { item_id: item.id, content_index: 0, audio_end_ms: Math.floor(playedMs) });
    }
  }

  #rateLimits(usedTokens: number): Json[] {
    const limit = this.#parts.tokensPerMinute;
    return [{ name: "tokens", limit, remaining: Math.max(0, limit - usedTokens), reset_seconds: (usedTokens / limit) * 60 }];
  }
}
