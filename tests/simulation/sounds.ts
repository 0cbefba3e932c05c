/** Sound with its origin: every piece that crosses the bridge can be told from every other, whatever it was cut out of or put into. */
import type { Audio } from "../../runtime/bridge/audio.ts";
import type { Purpose } from "../../runtime/bridge/voice-model/voice-model.ts";

import type { SimulatedProcess } from "./simulated-process.ts";

/** A call as the telephone network has it. */
export interface Line {
  readonly name: string;
}

/** Something a caller says. */
export interface Utterance {
  readonly line: Line;
  /** Words that nobody else says. */
  readonly text: string;
  readonly itemId: string;
}

/** Something the assistant says. */
export interface Item {
  readonly line: Line;
  readonly id: string;
  readonly purpose: Purpose;
  readonly bridge: SimulatedProcess;
  text: string;
  generatedMs: number;
  /** What the caller has heard of it, and when that was last so. */
  playedMs: number;
  playedAtMs: number;
}

export type Piece =
  | { readonly of: "caller"; readonly line: Line; readonly utterance: Utterance; readonly part: "first" | "last" }
  | { readonly of: "assistant"; readonly line: Line; readonly item: Item; readonly durationMs: number; readonly late: boolean }
  /** Tones that mean nothing. */
  | { readonly of: "nobody"; readonly durationMs: number };

/** Each letter is spoken for as long, so that a share of the sound is a share of the text. */
export const msPerLetter = 60;

/** The thinking sound is the only one we make ourselves, and the only long one. */
const ownSound: Piece = { of: "nobody", durationMs: 1_000 };

export class Sounds {
  readonly #pieces = new Map<string, Piece>();

  /** Sound that is recognised again; `durationMs` is what its listener takes it for. */
  of(piece: Piece, durationMs: number): Audio {
    const pcm = Buffer.alloc(6);
    pcm.writeUInt32LE(this.#pieces.size + 1);
    const base64 = pcm.toString("base64");
    this.#pieces.set(base64, piece);
    return { base64: Buffer.from(base64, "latin1"), durationMs };
  }

  /** Undefined for silence, and for what was never made. */
  known(base64: string): Piece | undefined {
    return base64.length > 1_000 ? ownSound : this.#pieces.get(base64);
  }
}
