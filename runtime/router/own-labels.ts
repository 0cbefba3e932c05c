/**
 * A layer learned from a customer's own outcomes: how much better the strong model answers this prompt than the cheap one. Linear in what the
 * prompt's words are and in waves over how it is built (`traitsOf`): random cosines, whose inner product is a Gaussian of the distance between
 * two prompts (Rahimi and Recht 2007; orthogonal ones by Hadamard rotations, Yu et al. 2016). The waves are drawn from a fixed seed, not kept.
 */

import { traitNames } from "./shape.ts";
import { type Table, valuesOf } from "./table.ts";
import { places, type Traits, traitsOf } from "./traits.ts";

/** The layer as it is kept in the file of weights. */
export interface OwnLabels {
  /** How many labels it was learned from. */
  readonly labels: number;
  /** What each trait is around, and how far it strays, in the customer's prompts; in the order of `traitNames`. */
  readonly centre: readonly number[];
  readonly spread: readonly number[];
  readonly bias: number;
  readonly words: Table;
  readonly waves: Table;
  /** From expected gain to log-odds: slope * (gain - middle), the middle being the mean over the labelled prompts. */
  readonly slope: number;
  readonly middle: number;
}

export const waveCount = 1_024;
/** How much of what the layer can say is said by the waves, the rest by the words: chosen on one half of MMLU. */
const waveShare = 0.4;
const width = 1.2;
const furthest = 2.5;
const size = 64;
const blocks = waveCount / size;

/** Traits that say more than others of where two prompts are alike, and those that say less: chosen on one half of MMLU. */
const emphasis = Float64Array.from(traitNames, (name) => {
  if (["choices", "choiceLength", "longestChoice", "choiceSpread", "numericChoices", "onlyNumbers"].includes(name)) return 3;
  return traitNames.indexOf(name) >= traitNames.indexOf("negation") ? 0.6 : 1;
});

const { signs, radii, phases } = drawn();

function drawn() {
  let state = 0x9e_37_79_b9;
  // xorshift32 (Marsaglia 2003): the runtime draws the very waves that training drew.
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  const signs = Float64Array.from({ length: 3 * waveCount }, () => (next() < 0.5 ? -1 : 1));
  const radii = Float64Array.from({ length: waveCount }, () => {
    let squares = 0;
    for (let each = 0; each < size; each += 2) squares -= 2 * Math.log(next());
    return Math.sqrt(squares);
  });
  const phases = Float64Array.from({ length: waveCount }, () => 2 * Math.PI * next());
  return { signs, radii, phases };
}

/** Traits as distances from what is usual: 0 is usual, 1 one spread away. */
export function standard(shape: Float64Array, centre: readonly number[], spread: readonly number[]): Float64Array {
  return shape.map((value, index) => {
    const away = spread[index]! > 0 ? (value - centre[index]!) / spread[index]! : 0;
    return Math.max(-furthest, Math.min(furthest, away)) * emphasis[index]!;
  });
}

const rotated = new Float64Array(size);

/** The waves at a point that `standard` made. */
export function wavesOf(point: Float64Array): Float64Array {
  const waves = new Float64Array(waveCount);
  const scale = Math.sqrt((2 * width) / traitNames.length);
  const height = Math.sqrt((2 * waveShare) / waveCount);
  for (let block = 0; block < blocks; block++) {
    rotated.fill(0);
    for (let index = 0; index < point.length; index++) rotated[index] = point[index]! * scale;
    for (let turn = 0; turn < 3; turn++) {
      const from = (3 * block + turn) * size;
      for (let index = 0; index < size; index++) rotated[index]! *= signs[from + index]!;
      hadamard(rotated);
    }
    for (let index = 0, wave = block * size; index < size; index++, wave++)
      waves[wave] = height * Math.cos(rotated[index]! * radii[wave]! + phases[wave]!);
  }
  return waves;
}

/** In place, keeping lengths. */
function hadamard(values: Float64Array): void {
  for (let half = 1; half < size; half *= 2)
    for (let from = 0; from < size; from += 2 * half)
      for (let index = from; index < from + half; index++) {
        const one = values[index]!;
        const other = values[index + half]!;
        values[index] = one + other;
        values[index + half] = one - other;
      }
  const keep = 1 / Math.sqrt(size);
  for (let index = 0; index < size; index++) values[index]! *= keep;
}

/** The expected gain of the strong model on a prompt, as log-odds of needing it. */
export function gainOf(own: OwnLabels): (prompt: string) => number {
  const words = valuesOf(own.words, places);
  const waves = valuesOf(own.waves, waveCount);
  return (prompt) => {
    const traits = traitsOf(prompt);
    const gain = own.bias + weighed(traits, wavesOf(standard(traits.shape, own.centre, own.spread)), words, waves);
    return own.slope * (gain - own.middle);
  };
}

/** What linear weights make of a prompt. */
export function weighed(traits: Traits, heights: Float64Array, words: ArrayLike<number>, waves: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < traits.buckets.length; index++) sum += traits.weights[index]! * words[traits.buckets[index]!]!;
  for (let wave = 0; wave < heights.length; wave++) sum += heights[wave]! * waves[wave]!;
  return sum;
}
