/**
 * The laptop's voice: words as sound that really travels through frames, codecs and sockets, and an ear that gets the words back.
 *
 * It is data over sound (ggwave), not speech: audible, about the pace of speech, and decoded exactly, even after a telephone's mu-law. A
 * test therefore knows to the sample what a caller heard before being interrupted. For human ears the browser pages speak the decoded
 * words with `speechSynthesis`; nothing here makes a human-sounding voice, and the ear understands no human one.
 */
import { marksStart } from "./marker.ts";
import { blockSamples, loadModem, type OpenModem } from "./modem.ts";
import { pcmDurationMs } from "./sound.ts";

export { pcmDurationMs };

/** ggwave's longest payload is 140 bytes; one of them is ours. */
const pieceBytes = 139;

/** The first byte of a payload: the piece's place in its utterance (modulo 64), and whether another follows. Never zero. */
const headerMark = 0x80;
const moreFollows = 0x40;
const placeMask = 0x3f;

/** A burst has no pause in it: after this much silence (0.3 s) a burst that was cut off cannot go on. */
const pauseBlocks = 7;
/** Below this a sample is the noise of a quiet line. */
const quiet = 200;

export interface Voice {
  /** The words as 24 kHz mono PCM16. Longer text becomes several bursts, cut between characters; no text, no sound. */
  speak(text: string): Int16Array;
  /** A listener of its own state; any number may listen at once. */
  ear(): Ear;
}

export interface Ear {
  /** Takes 24 kHz mono PCM16 in chunks of any size; answers the utterances that became complete. */
  hear(pcm: Int16Array): string[];
  /** What was decoded of an utterance whose end has not been heard: that is what a listener knows when playback is cut off. */
  readonly unfinished: string;
  close(): void;
}

/** Loads the codec; takes some 10 ms. */
export async function openVoice(): Promise<Voice> {
  const makeModem = await loadModem();
  const mouth = makeModem();
  // To make one takes longer than to listen for some seconds; calls come and go.
  const idle: OpenModem[] = [];
  return {
    speak: (text) => joined(pieces(text).map((piece) => mouth.encode(piece))),
    ear: () => new ModemEar(idle.pop() ?? makeModem(), idle),
  };
}

/** Payloads for the text: none for no text. */
function pieces(text: string): Uint8Array[] {
  const encoder = new TextEncoder();
  const cuts: Uint8Array[] = [];
  let current: number[] = [];
  for (const character of text) {
    const bytes = encoder.encode(character);
    if (current.length + bytes.length > pieceBytes) {
      cuts.push(Uint8Array.from(current));
      current = [];
    }
    current.push(...bytes);
  }
  if (current.length > 0) cuts.push(Uint8Array.from(current));
  return cuts.map((cut, at) => {
    const header = headerMark | (at < cuts.length - 1 ? moreFollows : 0) | (at & placeMask);
    return Uint8Array.of(header, ...cut);
  });
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

class ModemEar implements Ear {
  readonly #modem: OpenModem;
  readonly #block = new Int16Array(blockSamples);
  #filled = 0;
  #quietBlocks = pauseBlocks;
  #pieces = "";
  /** The block before lay in a start marker. */
  #marked = false;
  /** A burst has begun and not ended. */
  #begun = false;
  #closed = false;
  readonly #idle: OpenModem[];

  /** Leaves the modem among the idle ones when it is closed. */
  constructor(modem: OpenModem, idle: OpenModem[]) {
    this.#modem = modem;
    this.#idle = idle;
  }

  get unfinished(): string {
    return this.#pieces;
  }

  hear(pcm: Int16Array): string[] {
    if (this.#closed) return [];
    const utterances: string[] = [];
    let at = 0;
    while (at < pcm.length) {
      const taken = pcm.subarray(at, at + blockSamples - this.#filled);
      this.#block.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled < blockSamples) break;
      this.#filled = 0;
      this.#noticeStart();
      const payload = this.#modem.decode(this.#block);
      this.#noticePause();
      if (!payload) continue;
      this.#begun = false;
      utterances.push(...this.#take(payload));
    }
    return utterances;
  }

  /** A burst that begins before the last one has ended was begun in its place: it was cut, and what is left of it would drown the new one. */
  #noticeStart(): void {
    const marked = marksStart(this.#block);
    if (marked && !this.#marked) {
      if (this.#begun) this.#modem.reset();
      this.#begun = true;
    }
    this.#marked = marked;
  }

  #noticePause(): void {
    const silent = this.#block.every((sample) => Math.abs(sample) < quiet);
    this.#quietBlocks = silent ? this.#quietBlocks + 1 : 0;
    if (this.#quietBlocks !== pauseBlocks) return;
    this.#modem.reset();
    this.#begun = false;
  }

  /** A piece that begins an utterance ends whatever was left unfinished before it. */
  #take(payload: Uint8Array): string[] {
    const header = payload[0] ?? 0;
    if (!(header & headerMark)) return [];
    const text = new TextDecoder().decode(payload.subarray(1));
    const begins = (header & placeMask) === 0;
    const cutOff = begins && this.#pieces ? [this.#pieces] : [];
    if (cutOff.length > 0) this.#pieces = "";
    this.#pieces += text;
    if (header & moreFollows) return cutOff;
    const whole = this.#pieces;
    this.#pieces = "";
    return [...cutOff, whole];
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#modem.reset();
    this.#idle.push(this.#modem);
  }
}
