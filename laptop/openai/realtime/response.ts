/**
 * One response as it streams: words and sound side by side, then the tools it calls. Audio runs ahead of real time as the service's does,
 * so that a client has to know what was played; what was cancelled stays unsaid.
 */
import type { Clock } from "../../clock.ts";
import type { Reply } from "../../model/conversation.ts";
import { bytesFromPcm, muLawFromPcm, pcmDurationMs, resample, voiceRate } from "../../voice/sound.ts";
import type { CallItem, ConversationItem, MessageItem } from "./items.ts";

/** Sound in one delta, and how much faster than it plays it is sent. */
const deltaMs = 200;
const aheadOfRealTime = 4;
/** As much goes out at once, so that a busy machine does not tear the beginning of what is said: our ear loses all the words with it. */
const headStartMs = 1_000;

/** Microsoft's rule of thumb for audio out (Voice Live FAQ): 20 tokens a second. */
const audioTokensPerSecond = 20;

export type CancelReason = "turn_detected" | "client_cancelled";

export interface ResponseParts {
  readonly id: string;
  readonly reply: Reply;
  /** The words as sound; absent for text. */
  readonly pcm?: Int16Array;
  readonly format: "audio/pcm" | "audio/pcmu";
  readonly metadata: unknown;
  readonly maxOutputTokens: unknown;
  readonly conversationId: string | null;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly emit: (type: string, event: Record<string, unknown>) => void;
  /** Where sound goes instead of into deltas (WebRTC). */
  readonly play?: ((pcm: Int16Array) => void) | undefined;
  /** An item joins the conversation, before its content. */
  readonly begin: (item: ConversationItem) => void;
  readonly finished: (response: StreamedResponse) => void;
}

export class StreamedResponse {
  readonly #parts: ResponseParts;
  readonly output: ConversationItem[] = [];
  #stop: (() => void) | undefined;
  #ended = false;
  #speaking: { item: MessageItem; said: string } | undefined;

  constructor(parts: ResponseParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  start(): void {
    this.#parts.emit("response.created", { response: this.#body("in_progress") });
    if (this.#parts.reply.say) this.#speak(this.#parts.reply.say);
    else this.#callTools();
  }

  cancel(reason: CancelReason): void {
    if (this.#ended) return;
    this.#stop?.();
    if (this.#speaking) this.#endMessage("incomplete");
    this.#end("cancelled", { type: "cancelled", reason });
  }

  /** Stops without a word, because the session is gone. */
  abandon(): void {
    this.#ended = true;
    this.#stop?.();
  }

  #speak(say: string): void {
    const { pcm, newId, emit } = this.#parts;
    const item: MessageItem = {
      id: newId("item"),
      object: "realtime.item",
      type: "message",
      role: "assistant",
      status: "in_progress",
      content: [],
    };
    this.#open(item);
    emit("response.content_part.added", {
      ...this.#place(item),
      content_index: 0,
      part: pcm ? { type: "audio", transcript: "" } : { type: "text", text: "" },
    });
    item.content = [pcm ? { type: "output_audio", transcript: "" } : { type: "output_text", text: "" }];
    this.#speaking = { item, said: "" };
    if (pcm) this.#step(say, pcm, 0);
    else this.#write(say);
  }

  #write(say: string): void {
    for (const word of say.matchAll(/\S+/g)) this.#sayUpTo(say, word.index + word[0].length);
    this.#endMessage("completed");
    this.#callTools();
  }

  /** Sends the part at `sentMs`, and comes back for the next. */
  #step(say: string, pcm: Int16Array, sentMs: number): void {
    if (this.#ended || !this.#speaking) return;
    const wholeMs = pcmDurationMs(pcm);
    if (sentMs >= wholeMs) {
      this.#endMessage("completed");
      this.#callTools();
      return;
    }
    const untilMs = Math.min(sentMs + deltaMs, wholeMs);
    this.#sayUpTo(say, Math.ceil((say.length * untilMs) / wholeMs));
    const sound = pcm.subarray((sentMs * voiceRate) / 1_000, (untilMs * voiceRate) / 1_000);
    const { play, format, clock, emit } = this.#parts;
    if (play) play(sound);
    else emit("response.output_audio.delta", { ...this.#contentPlace(), delta: encoded(sound, format) });
    if (untilMs < Math.min(headStartMs, wholeMs)) this.#step(say, pcm, untilMs);
    else this.#stop = clock.after((untilMs - sentMs) / aheadOfRealTime, () => this.#step(say, pcm, untilMs));
  }

  /** Whole words only, until the last. */
  #sayUpTo(say: string, length: number): void {
    const speaking = this.#speaking;
    if (!speaking) return;
    const space = say.indexOf(" ", Math.max(0, length - 1));
    const wordEnd = space < 0 ? say.length : space + 1;
    const said = say.slice(0, say.includes(" ") ? wordEnd : length);
    const delta = said.slice(speaking.said.length);
    if (!delta) return;
    speaking.said = said;
    const [part] = speaking.item.content;
    if (part?.type === "output_audio") part.transcript = said;
    else if (part) part.text = said;
    this.#parts.emit(this.#parts.pcm ? "response.output_audio_transcript.delta" : "response.output_text.delta", {
      ...this.#contentPlace(),
      delta,
    });
  }

  #endMessage(status: "completed" | "incomplete"): void {
    const { item, said } = this.#speaking!;
    const { pcm, emit } = this.#parts;
    item.status = this.#parts.reply.cut ? "incomplete" : status;
    const place = this.#contentPlace();
    if (pcm) {
      emit("response.output_audio.done", place);
      emit("response.output_audio_transcript.done", { ...place, transcript: said });
    } else emit("response.output_text.done", { ...place, text: said });
    emit("response.content_part.done", {
      ...place,
      part: pcm ? { type: "audio", transcript: said } : { type: "text", text: said },
    });
    this.#close(item);
    this.#speaking = undefined;
  }

  #callTools(): void {
    const { reply, newId, emit } = this.#parts;
    for (const call of reply.toolCalls) {
      const item: CallItem = {
        id: newId("item"),
        object: "realtime.item",
        type: "function_call",
        call_id: newId("call"),
        name: call.name,
        arguments: "",
        status: "in_progress",
      };
      this.#open(item);
      const place = { ...this.#place(item), call_id: item.call_id };
      for (const delta of call.arguments.match(/[\s\S]{1,32}/g) ?? [])
        emit("response.function_call_arguments.delta", { ...place, delta });
      item.arguments = call.arguments;
      item.status = "completed";
      emit("response.function_call_arguments.done", { ...place, name: call.name, arguments: call.arguments });
      this.#close(item);
    }
    if (reply.cut) this.#end("incomplete", { type: "incomplete", reason: "max_output_tokens" });
    else this.#end("completed", null);
  }

  #open(item: ConversationItem): void {
    this.output.push(item);
    this.#parts.emit("response.output_item.added", {
      response_id: this.id,
      output_index: this.output.length - 1,
      item: structuredClone(item),
    });
    this.#parts.begin(item);
  }

  #close(item: ConversationItem): void {
    const at = this.output.indexOf(item);
    this.#parts.emit("response.output_item.done", { response_id: this.id, output_index: at, item: structuredClone(item) });
    if (this.#parts.conversationId !== null)
      this.#parts.emit("conversation.item.done", { previous_item_id: null, item: structuredClone(item) });
  }

  #end(status: string, details: Record<string, unknown> | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.emit("response.done", { response: this.#body(status, details) });
    this.#parts.finished(this);
  }

  #place(item: ConversationItem): Record<string, unknown> {
    return { response_id: this.id, item_id: item.id, output_index: this.output.indexOf(item) };
  }

  #contentPlace(): Record<string, unknown> {
    return { ...this.#place(this.#speaking!.item), content_index: 0 };
  }

  #body(status: string, details: Record<string, unknown> | null = null): Record<string, unknown> {
    const { reply, pcm, metadata, maxOutputTokens, conversationId } = this.#parts;
    const audioTokens = pcm ? Math.ceil((pcmDurationMs(pcm) / 1_000) * audioTokensPerSecond) : 0;
    const { inputTokens, outputTokens } = reply.usage;
    const usage = {
      total_tokens: inputTokens + outputTokens + audioTokens,
      input_tokens: inputTokens,
      output_tokens: outputTokens + audioTokens,
      input_token_details: {
        text_tokens: inputTokens,
        audio_tokens: 0,
        image_tokens: 0,
        cached_tokens: 0,
        cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
      },
      output_token_details: { text_tokens: outputTokens, audio_tokens: audioTokens },
    };
    return {
      object: "realtime.response",
      id: this.id,
      status,
      status_details: details,
      output: structuredClone(this.output),
      conversation_id: conversationId,
      output_modalities: [pcm ? "audio" : "text"],
      metadata: metadata ?? null,
      max_output_tokens: maxOutputTokens,
      usage: status === "in_progress" ? null : usage,
    };
  }
}

function encoded(pcm: Int16Array, format: ResponseParts["format"]): string {
  if (format === "audio/pcm") return bytesFromPcm(pcm).toString("base64");
  return Buffer.from(muLawFromPcm(resample(pcm, voiceRate, 8_000))).toString("base64");
}
