/** A caller's phone on a running laptop. What is heard, and when, is told by the sound alone, on the phone's own clock of 20 ms frames. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import WebSocket from "ws";
import { frameMs, loud, samplesOf } from "../../laptop/telephone/frame.ts";
import type { Action, Sign } from "../../laptop/telephone/line-protocol.ts";
import type { RunningLaptop } from "../support/laptop.ts";
import { latenessMs } from "../support/lateness.ts";

/** Sound between two pauses, by its first loud frame and its last one so far. */
interface Sound {
  readonly fromMs: number;
  toMs: number;
}

export interface Heard {
  readonly words: string;
  /** When the last of them had been heard. */
  readonly atMs: number;
}

/** Longer than the quiet inside a burst of data over sound. */
const pauseMs = 300;

export class CallerPhone {
  readonly number: string;
  readonly heard: Heard[] = [];
  readonly #sounds: Sound[] = [];
  /** When each frame came, by this process's own clock. */
  readonly #cameMs: number[] = [];
  /** Frames heard since the phone connected, in milliseconds. */
  nowMs = 0;
  ended: string | undefined;
  /** Until when one's own words are being played. */
  saysUntilMs = 0;
  readonly #laptop: { readonly board: string; readonly lineToken: string };
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(number: string, laptop: { board: string; lineToken: string }) {
    this.number = number;
    this.#laptop = laptop;
    const url = `${laptop.board.replace(/^http/, "ws")}/phone/line?number=${encodeURIComponent(number)}`;
    this.#socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${laptop.lineToken}` },
      perMessageDeflate: false,
    });
    this.#socket.on("message", (data, binary) => {
      if (binary) this.#frame(data as Buffer);
      else this.#sign(JSON.parse(data.toString()) as Sign);
      for (const look of [...this.#waiting]) look();
    });
  }

  /** A phone with this number that has dialled the system. */
  static async calls(laptop: RunningLaptop, number: string): Promise<CallerPhone> {
    const file = JSON.parse(await readFile(join(laptop.home, "laptop.json"), "utf8")) as { board: string; lineToken: string };
    const phone = new CallerPhone(number, file);
    await new Promise((resolve, reject) => phone.#socket.once("open", resolve).once("error", reject));
    phone.#do({ kind: "dial" });
    return phone;
  }

  /** Resolves at the first frame or sign at which `is` holds; rejects when the call ends, or that much has been heard without it. */
  until(what: string, is: () => boolean, withinMs = 30_000): Promise<void> {
    const byMs = this.nowMs + withinMs;
    return new Promise((resolve, reject) => {
      const look = () => {
        const fault = this.ended ? `the call ended (${this.ended})` : this.nowMs > byMs ? `${withinMs} ms went by` : undefined;
        if (!is() && !fault) return;
        this.#waiting.delete(look);
        if (is()) resolve();
        else reject(new Error(`Before ${what}, ${fault}. Heard: ${JSON.stringify(this.heard)}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  says(words: string): void {
    this.#do({ kind: "say", words });
  }

  hangsUp(): void {
    this.#do({ kind: "hang up" });
    this.#socket.close();
  }

  /** The network tears off the sound stream between this call and the app. */
  async losesSound(): Promise<number> {
    const { board, lineToken } = this.#laptop;
    const answer = await fetch(`${board}/phone/lose-sound?number=${encodeURIComponent(this.number)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${lineToken}` },
    });
    return answer.status;
  }

  /** Somebody has begun to speak to the caller after `sinceMs`, and for so long. */
  hears(sinceMs: number, forMs = 0): boolean {
    return this.#sounds.some(({ fromMs, toMs }) => fromMs > sinceMs && toMs - fromMs >= forMs);
  }

  /** Nobody has spoken for so long, on either side. */
  isQuiet(forMs: number): boolean {
    return this.nowMs - Math.max(this.#sounds.at(-1)?.toMs ?? 0, this.saysUntilMs) >= forMs;
  }

  /** The longest time without any sound between the two moments. */
  silenceMs(fromMs: number, toMs: number): number {
    const within = this.#sounds.filter((each) => each.toMs > fromMs && each.fromMs < toMs);
    const starts = [...within.map((each) => each.fromMs), toMs];
    const ends = [fromMs, ...within.map((each) => each.toMs)];
    return Math.max(0, ...starts.map((each, at) => each - (ends[at] ?? each)));
  }

  /** How late frames since a moment came at most. */
  lateMs(since: number): number {
    return latenessMs(this.#cameMs.slice(since / frameMs));
  }

  /** The first sound after a moment. */
  soundAfter(moment: number): number {
    return this.#sounds.find((each) => each.fromMs > moment)?.fromMs ?? Number.POSITIVE_INFINITY;
  }

  get words(): string[] {
    return this.heard.map((each) => each.words);
  }

  #frame(bytes: Buffer): void {
    this.nowMs += frameMs;
    this.#cameMs.push(performance.now());
    if (!loud({ pcm: samplesOf(bytes), silent: false })) return;
    const last = this.#sounds.at(-1);
    if (last && this.nowMs - last.toMs <= pauseMs) last.toMs = this.nowMs;
    else this.#sounds.push({ fromMs: this.nowMs, toMs: this.nowMs });
  }

  #sign(sign: Sign): void {
    if (sign.kind === "heard") this.heard.push({ words: sign.words, atMs: this.nowMs });
    if (sign.kind === "saying") this.saysUntilMs = this.nowMs + sign.durationMs;
    if (sign.kind === "ended") this.ended = sign.reason;
  }

  #do(action: Action): void {
    this.#socket.send(JSON.stringify(action));
  }
}
