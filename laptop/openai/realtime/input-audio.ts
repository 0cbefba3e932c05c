/** The input audio buffer: what the caller says, cut into turns or held until the client commits, and the words heard in it. */
import { pcmDurationMs, pcmFromBytes, pcmFromMuLaw, resample, voiceRate } from "../../voice/sound.ts";
import type { Ear, Voice } from "../../voice/voice.ts";
import { InvalidRequest } from "../answers.ts";
import type { AudioFormat } from "./settings.ts";
import { type TurnDetection, TurnDetector, type TurnEvent } from "./turn-detection.ts";

/** The least audio a commit may hold, as the service says in its error. */
const leastCommitMs = 100;

/** Sound from the wire as 24 kHz samples; throws `InvalidRequest`. */
export function decoded(audio: unknown, format: AudioFormat): Int16Array {
  if (typeof audio !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(audio))
    throw new InvalidRequest("Invalid 'audio'. Expected base64-encoded audio bytes in the session's input format.", "audio");
  const bytes = Buffer.from(audio, "base64");
  return format.type === "audio/pcmu" ? resample(pcmFromMuLaw(bytes), 8_000, voiceRate) : pcmFromBytes(bytes);
}

export class InputAudio {
  readonly #voice: Voice;
  #ear: Ear;
  #words: string[] = [];
  #held: Int16Array[] = [];
  #heldMs = 0;
  #detector: TurnDetector | undefined;
  #speaking = false;

  constructor(voice: Voice) {
    this.#voice = voice;
    this.#ear = voice.ear();
  }

  /** Who decides where a turn ends: the service by these settings, or with `null` the client. */
  detectTurns(settings: TurnDetection | null): void {
    if (!settings) this.#detector = undefined;
    else if (this.#detector?.settings !== settings) this.#detector = new TurnDetector(settings, this.#detector?.heardMs);
  }

  take(pcm: Int16Array): TurnEvent[] {
    if (!this.#detector) {
      this.#held.push(pcm);
      this.#heldMs += pcmDurationMs(pcm);
      return [];
    }
    const events = this.#detector.take(pcm);
    for (const event of events) this.#listen(event);
    return events;
  }

  #listen(event: TurnEvent): void {
    if (event.type === "stopped") return;
    if (event.type === "started") this.clear();
    // After a client's commit or clear in the middle of a turn, what follows is a turn of its own.
    this.#speaking = true;
    this.#words.push(...this.#ear.hear(event.pcm));
  }

  /** The words of the turn, empty when the sound held none; the buffer is empty afterwards. Throws when there is nothing to commit. */
  commit(): string {
    if (!this.#detector && this.#heldMs < leastCommitMs)
      throw empty(
        `buffer too small. Expected at least ${leastCommitMs}ms of audio, but buffer only has ${this.#heldMs.toFixed(2)}ms of audio.`,
      );
    if (this.#detector && !this.#speaking) throw empty("the buffer is empty.");
    this.#words.push(...this.#held.flatMap((pcm) => this.#ear.hear(pcm)));
    const transcript = [...this.#words, this.#ear.unfinished].filter(Boolean).join(" ");
    this.clear();
    return transcript;
  }

  clear(): void {
    this.#held = [];
    this.#heldMs = 0;
    this.#words = [];
    this.#speaking = false;
    this.#ear.close();
    this.#ear = this.#voice.ear();
  }

  close(): void {
    this.#ear.close();
  }
}

const empty = (reason: string) =>
  new InvalidRequest(`Error committing input audio buffer: ${reason}`, null, "input_audio_buffer_commit_empty");
