/** Learns layers over a prompt's traits (runtime/router/own-labels.ts) by ridge regression. Nothing is drawn: the same prompts give the same weights. */
import { type OwnLabels, standard, waveCount, wavesOf, weighed } from "../runtime/router/own-labels.ts";
import { traitNames } from "../runtime/router/shape.ts";
import { tableOf } from "../runtime/router/table.ts";
import { places, type Traits, traitsOf } from "../runtime/router/traits.ts";

/** A prompt as the layer sees it. */
export interface Point {
  readonly traits: Traits;
  readonly waves: Float64Array;
}

/** What is usual in a set of prompts, so that traits count by how unusual they are there. */
export interface Usual {
  readonly centre: readonly number[];
  readonly spread: readonly number[];
}

/** A layer in full precision. */
export interface Layer {
  readonly bias: number;
  readonly words: Float64Array;
  readonly waves: Float64Array;
}

// A prompt's traits depend on nothing but the prompt, and folds come back to the same prompts.
const known = new Map<string, Traits>();
const mostKnown = 60_000;

export function traitsKnown(prompt: string): Traits {
  const before = known.get(prompt);
  if (before) return before;
  if (known.size >= mostKnown) known.clear();
  const traits = traitsOf(prompt);
  known.set(prompt, traits);
  return traits;
}

export function usualOf(prompts: readonly string[]): Usual {
  const shapes = prompts.map((prompt) => traitsKnown(prompt).shape);
  const rounded = (value: number): number => Number(value.toPrecision(5));
  const centre = traitNames.map((_, index) => rounded(shapes.reduce((sum, shape) => sum + shape[index]!, 0) / shapes.length));
  const spread = traitNames.map((_, index) =>
    rounded(Math.sqrt(shapes.reduce((sum, shape) => sum + (shape[index]! - centre[index]!) ** 2, 0) / shapes.length)),
  );
  return { centre, spread };
}

export const pointOf = (prompt: string, { centre, spread }: Usual): Point => {
  const traits = traitsKnown(prompt);
  return { traits, waves: wavesOf(standard(traits.shape, centre, spread)) };
};

export const valued = (layer: Layer, { traits, waves }: Point): number =>
  layer.bias + weighed(traits, waves, layer.words, layer.waves);

const steps = 20;

/** The layer that comes nearest to `wanted` at `points` while its weights stay small: the larger `shrinkage`, the smaller. Conjugate gradients. */
export function learned(points: readonly Point[], wanted: readonly number[], shrinkage: number): Layer {
  const bias = wanted.reduce((sum, each) => sum + each, 0) / wanted.length;
  const size = places + waveCount;
  const [weights, rest, ahead, pushed] = Array.from({ length: 4 }, () => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const push = (into: Float64Array, { traits, waves }: Point, by: number): void => {
    for (let index = 0; index < traits.buckets.length; index++) into[traits.buckets[index]!]! += by * traits.weights[index]!;
    for (let wave = 0; wave < waveCount; wave++) into[places + wave]! += by * waves[wave]!;
  };
  points.forEach((point, index) => {
    push(rest, point, wanted[index]! - bias);
  });
  ahead.set(rest);
  let squares = dot(rest, rest);
  for (let step = 0; step < steps && squares > 1e-9; step++) {
    pushed.fill(0);
    for (const point of points) push(pushed, point, weighed(point.traits, point.waves, ahead, ahead.subarray(places)));
    for (let index = 0; index < size; index++) pushed[index]! += shrinkage * ahead[index]!;
    const stride = squares / dot(ahead, pushed);
    for (let index = 0; index < size; index++) {
      weights[index]! += stride * ahead[index]!;
      rest[index]! -= stride * pushed[index]!;
    }
    const next = dot(rest, rest);
    for (let index = 0; index < size; index++) ahead[index] = rest[index]! + (next / squares) * ahead[index]!;
    squares = next;
  }
  return { bias, words: weights.slice(0, places), waves: weights.slice(places) };
}

/** The sum of layers, each taken so many times. */
export function sumOf(parts: readonly (readonly [layer: Layer, times: number])[]): Layer {
  const sum = { bias: 0, words: new Float64Array(places), waves: new Float64Array(waveCount) };
  for (const [layer, times] of parts) {
    sum.bias += times * layer.bias;
    layer.words.forEach((weight, index) => {
      sum.words[index]! += times * weight;
    });
    layer.waves.forEach((weight, index) => {
      sum.waves[index]! += times * weight;
    });
  }
  return sum;
}

/** How far from the middle, in log-odds, a prompt lies whose gain is one spread above what is usual. */
const steepness = 1.5;

/** A layer as it is kept, its log-odds made so that the gains it gives to `points` spread over the score's whole range. */
export function kept(layer: Layer, { centre, spread }: Usual, points: readonly Point[]): OwnLabels {
  const gains = points.map((point) => valued(layer, point));
  const mean = gains.reduce((sum, each) => sum + each, 0) / gains.length;
  const strays = Math.sqrt(gains.reduce((sum, each) => sum + (each - mean) ** 2, 0) / gains.length);
  return {
    labels: points.length,
    centre,
    spread,
    bias: Number(layer.bias.toFixed(5)),
    words: tableOf(Float32Array.from(layer.words), 1),
    waves: tableOf(Float32Array.from(layer.waves), 1),
    slope: Number((steepness / (strays || 1)).toPrecision(5)),
    middle: Number(mean.toFixed(5)),
  };
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!;
  return sum;
}
