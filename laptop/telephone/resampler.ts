/**
 * Changes the sample rate of a stream that arrives in pieces: linear interpolation behind a moving average where samples are left out,
 * which is enough for telephone speech. Equal rates pass through untouched, bit for bit.
 */
export class Resampler {
  readonly #from: number;
  readonly #to: number;
  /** Input samples averaged for one output sample. */
  readonly #span: number;
  /** Where the next output sample lies behind the start of the next piece, in input samples times `#to`: whole numbers do not drift. */
  #position = 0;
  #before: Int16Array = new Int16Array(0);
  readonly #same: boolean;

  constructor(fromRate: number, toRate: number) {
    this.#same = fromRate === toRate;
    this.#from = fromRate;
    this.#to = toRate;
    this.#span = Math.max(1, Math.round(fromRate / toRate));
  }

  /** The next piece at the new rate; over a stream, output and input last equally long. */
  convert(piece: Int16Array): Int16Array {
    if (this.#same || piece.length === 0) return piece;
    const at = (index: number): number => (index >= 0 ? piece[index]! : (this.#before.at(index) ?? 0));
    const smooth = (index: number): number => {
      let sum = 0;
      for (let back = 0; back < this.#span; back++) sum += at(index - back);
      return sum / this.#span;
    };
    const out = new Int16Array(Math.max(0, Math.ceil((piece.length * this.#to - this.#position) / this.#from)));
    for (let each = 0; each < out.length; each++) {
      const position = this.#position + each * this.#from;
      const index = Math.floor(position / this.#to);
      const fraction = (position - index * this.#to) / this.#to;
      out[each] = Math.round(smooth(index - 1) * (1 - fraction) + smooth(index) * fraction);
    }
    this.#position += out.length * this.#from - piece.length * this.#to;
    const kept = this.#span + 2;
    this.#before = Int16Array.from([...this.#before, ...piece.subarray(-kept)].slice(-kept));
    return out;
  }
}

/** A whole recording at another rate. */
export function resample(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  return new Resampler(fromRate, toRate).convert(samples);
}
