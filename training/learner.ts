/**
 * Learns linear heads from examples: a softmax over the kinds of work and a logistic head for the need, by stochastic gradient descent with
 * AdaGrad's step per weight. The same seed and examples always give the same weights.
 */
import { heads, norm, softmax, squash } from "../runtime/router/model.ts";
import { handNames } from "../runtime/router/tally.ts";
import { buckets, gramBuckets, type Seen } from "../runtime/router/text.ts";
import { Random } from "./random.ts";

export interface Example {
  readonly seen: Seen;
  /** Index of the kind of work. */
  readonly kind: number;
  /** 0 to 1. */
  readonly need: number;
  /** How much it counts. */
  readonly weight: number;
}

export interface Learned {
  readonly bias: Float32Array;
  readonly hand: Float32Array;
  readonly words: Float32Array;
  readonly grams: Float32Array;
}

const epochs = 5;
const rate = 0.15;
/** By the last epoch the rate has fallen to about this share. */
const lastRate = 0.3;
const shrink = 3e-4;
const need = heads - 1;

export function learn(examples: readonly Example[], seed: number): Learned {
  const learned = blocks();
  const squares = blocks(1e-2);
  const random = new Random(seed);
  const order = examples.map((_, index) => index);
  const wrong = new Float64Array(heads);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = rate * (1 - (epoch / epochs) * (1 - lastRate));
    shuffle(order, random);
    for (const index of order) {
      const { seen, kind, need: wanted, weight } = examples[index]!;
      const sums = headsOf(learned, seen);
      const likely = softmax(sums);
      for (let head = 0; head < need; head++) wrong[head] = weight * (likely[head]! - (head === kind ? 1 : 0));
      wrong[need] = weight * (squash(sums[need]!) - wanted);
      descend(learned.bias, squares.bias, 0, wrong, 1, step, 0);
      for (let feature = 0; feature < seen.hand.length; feature++) {
        const value = seen.hand[feature]!;
        if (value !== 0) descend(learned.hand, squares.hand, feature, wrong, value, step, shrink);
      }
      const byWord = norm(seen.words.length);
      for (const bucket of seen.words) descend(learned.words, squares.words, bucket, wrong, byWord, step, shrink);
      const byGram = norm(seen.grams.length);
      for (const bucket of seen.grams) descend(learned.grams, squares.grams, bucket, wrong, byGram, step, shrink);
    }
  }
  return learned;
}

/** The heads' log-odds for what was seen. */
export function headsOf({ bias, hand, words, grams }: Learned, seen: Seen): Float64Array {
  const sums = Float64Array.from(bias);
  for (let feature = 0; feature < seen.hand.length; feature++) {
    const value = seen.hand[feature]!;
    if (value === 0) continue;
    for (let head = 0, at = feature * heads; head < heads; head++, at++) sums[head]! += value * hand[at]!;
  }
  addAll(sums, seen.words, words);
  addAll(sums, seen.grams, grams);
  return sums;
}

/** Adds what each bucket says, as if all of them were one vector of length one. */
function addAll(sums: Float64Array, found: Uint16Array, table: Float32Array): void {
  const share = norm(found.length);
  for (const bucket of found)
    for (let head = 0, at = bucket * heads; head < heads; head++, at++) sums[head]! += share * table[at]!;
}

function blocks(filled = 0): Learned {
  return {
    bias: new Float32Array(heads).fill(filled),
    hand: new Float32Array(handNames.length * heads).fill(filled),
    words: new Float32Array(buckets * heads).fill(filled),
    grams: new Float32Array(gramBuckets * heads).fill(filled),
  };
}

function descend(
  weights: Float32Array,
  squares: Float32Array,
  row: number,
  wrong: Float64Array,
  value: number,
  step: number,
  shrinkage: number,
): void {
  for (let head = 0, at = row * heads; head < heads; head++, at++) {
    const slope = wrong[head]! * value + shrinkage * weights[at]!;
    squares[at]! += slope * slope;
    weights[at]! -= (step * slope) / Math.sqrt(squares[at]!);
  }
}

export function shuffle<Each>(all: Each[], random: Random): void {
  for (let last = all.length - 1; last > 0; last--) {
    const other = random.whole(0, last);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
}
