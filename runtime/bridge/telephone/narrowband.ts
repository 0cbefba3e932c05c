/**
 * A telephone's sound (8 kHz mu-law) as the rest of the bridge knows it (24 kHz PCM), and back. Rates are changed by a factor of three
 * behind a low-pass, as a stream: a filter remembers the end of the piece before, or every piece would begin with a click. One
 * `Narrowband` belongs to one call.
 */
import type { Audio } from "../audio.ts";
import { muLawFrom, pcmFrom } from "./g711.ts";

/** 24,000 samples a second to 8,000. */
const factor = 3;
const wideRate = 24_000;
/** Half of the narrow rate is 4,000 Hz, above which nothing may be left; a telephone passes 300 to 3,400 Hz. */
const cutoffHz = 3_700;
/** At 24 kHz: a transition of some 1,250 Hz and a delay of 1.3 ms. A multiple of `factor`. */
const taps = 63;

/** A windowed sinc (Hamming), scaled to pass what does not change unchanged. */
const lowPass = (() => {
  const middle = (taps - 1) / 2;
  const bare = Float64Array.from({ length: taps }, (_, at) => {
    const x = at - middle;
    const angle = (2 * Math.PI * cutoffHz * x) / wideRate;
    const sinc = x === 0 ? (2 * cutoffHz) / wideRate : Math.sin(angle) / (Math.PI * x);
    return sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * at) / (taps - 1)));
  });
  const sum = bare.reduce((total, each) => total + each, 0);
  return bare.map((each) => each / sum);
})();

const clipped = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value)));

/** 8 kHz to 24 kHz: three samples for each. */
export class Widening {
  /** Narrow samples before the next piece; the filter reaches back this far. */
  #before = new Int16Array(taps / factor - 1);

  convert(piece: Int16Array): Int16Array {
    const { length: reach } = this.#before;
    const samples = new Int16Array(reach + piece.length);
    samples.set(this.#before);
    samples.set(piece, reach);
    const wide = new Int16Array(piece.length * factor);
    for (let at = 0; at < piece.length; at++)
      for (let phase = 0; phase < factor; phase++) {
        let sum = 0;
        // Between two narrow samples lie two of nothing, so only every third tap meets one.
        for (let back = 0; back <= reach; back++) sum += lowPass[back * factor + phase]! * samples[at + reach - back]!;
        wide[at * factor + phase] = clipped(sum * factor);
      }
    this.#before = samples.slice(piece.length);
    return wide;
  }
}

/** 24 kHz to 8 kHz: one sample of three. What is left over waits for the next piece. */
export class Narrowing {
  /** Wide samples before the next output's newest one. */
  #before = new Int16Array(taps - 1);

  convert(piece: Int16Array): Int16Array {
    const samples = new Int16Array(this.#before.length + piece.length);
    samples.set(this.#before);
    samples.set(piece, this.#before.length);
    const length = Math.max(0, Math.floor((samples.length - (taps - 1)) / factor));
    const narrow = new Int16Array(length);
    for (let at = 0; at < length; at++) {
      let sum = 0;
      for (let back = 0; back < taps; back++) sum += lowPass[back]! * samples[at * factor + taps - 1 - back]!;
      narrow[at] = clipped(sum);
    }
    this.#before = samples.slice(length * factor);
    return narrow;
  }
}

export class Narrowband {
  readonly #widening = new Widening();
  #narrowing = new Narrowing();

  /** Sound of the telephone: base64 of mu-law. Undefined when it is not base64 of anything. */
  heard(base64: Buffer): Audio | undefined {
    const text = base64.toString("latin1");
    const muLaw = Buffer.from(text, "base64");
    // Node's decoder skips what is not base64, so that a wrong character shows as a missing byte.
    const expected = (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
    if (muLaw.length === 0 || muLaw.length !== expected) return undefined;
    const wide = this.#widening.convert(pcmFrom(muLaw));
    return { base64: base64Of(wide), durationMs: (wide.length * 1_000) / wideRate };
  }

  /** Sound for the telephone: base64 of mu-law; of nothing when the piece is shorter than one of its samples. */
  said({ base64 }: Audio): Buffer {
    const bytes = Buffer.from(base64.toString("latin1"), "base64");
    const pcm = new Int16Array(bytes.length >> 1);
    for (let at = 0; at < pcm.length; at++) pcm[at] = bytes.readInt16LE(at * 2);
    return Buffer.from(Buffer.from(muLawFrom(this.#narrowing.convert(pcm))).toString("base64"), "latin1");
  }

  /** What was said last is not played: the next sound begins from silence. */
  cut(): void {
    this.#narrowing = new Narrowing();
  }
}

function base64Of(pcm: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(pcm.length * 2);
  for (let at = 0; at < pcm.length; at++) bytes.writeInt16LE(pcm[at]!, at * 2);
  return Buffer.from(bytes.toString("base64"), "latin1");
}
