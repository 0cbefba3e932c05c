/** A telephone at the end of a line: plays what it gets, in order and in real time, and knows what was heard of it. */
import { msPerLetter, type Piece } from "./sounds.ts";
import type { World } from "./world.ts";

interface Playing {
  readonly piece: Extract<Piece, { durationMs: number }>;
  readonly fromMs: number;
}

export class Handset {
  readonly #world: World;
  #playing: Playing[] = [];
  #endsAtMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  play(piece: Extract<Piece, { durationMs: number }>): void {
    const fromMs = Math.max(this.#endsAtMs, this.#world.scheduler.nowMs);
    this.#endsAtMs = fromMs + piece.durationMs;
    this.#playing.push({ piece, fromMs });
  }

  /** What was not played yet is lost. */
  silence(): void {
    const { nowMs } = this.#world.scheduler;
    for (const { piece, fromMs } of this.#playing) {
      if (piece.of !== "assistant") continue;
      const heardMs = Math.min(piece.durationMs, Math.max(0, nowMs - fromMs));
      if (heardMs === 0) continue;
      piece.item.playedMs += heardMs;
      piece.item.playedAtMs = fromMs + heardMs;
      this.#world.note(
        () => `heard ${Math.round(heardMs)} ms of ${piece.item.id}, ${Math.floor(piece.item.playedMs / msPerLetter)} letters`,
      );
    }
    this.#playing = [];
    this.#endsAtMs = nowMs;
  }
}
