/**
 * What a conversation asks for, by the learned weights: how likely each kind of work is, and how much it needs the strong model. Linear heads
 * over what `read` sees; nothing else.
 */
import type { Turn } from "../chat/record.ts";
import { type Kind, kinds } from "./kinds.ts";
import { gainOf, type OwnLabels } from "./own-labels.ts";
import { type Table, valuesOf } from "./table.ts";
import { handNames } from "./tally.ts";
import { buckets, gramBuckets, read, type Seen } from "./text.ts";

/** What training learned, as committed. */
export interface Weights {
  readonly version: 2;
  /** SHA-256 over what it learned from: prompts, labels and own words. */
  readonly learnedFrom: string;
  /** How much each kind of work gains by the strong model, 0 to 1, in the order of `kinds`. */
  readonly gains: readonly number[];
  /** What the length of the conversation adds: the longer, the harder. */
  readonly length: number;
  /** From need to score: log-odds = slope * need + offset. */
  readonly slope: number;
  readonly offset: number;
  readonly bias: readonly number[];
  readonly hand: Table;
  readonly words: Table;
  readonly grams: Table;
  /** Characters that an answer to each kind of work takes, in the order of `kinds`. */
  readonly answers: { readonly cheap: readonly number[]; readonly strong: readonly number[] };
  /** What a customer's own labels taught on top: it scores messages then, and the heads only give reasons. */
  readonly own?: OwnLabels;
  /** The dial, measured on data sets that the measured weights had not seen: from all cheap to all strong. */
  readonly curve: readonly { readonly threshold: number; readonly strong: number; readonly quality: number }[];
}

export interface Judgement {
  /** Log-odds of needing the strong model. */
  readonly logOdds: number;
  /** How likely each kind of work is; sums to 1. */
  readonly kinds: Float64Array;
  /** What the message alone would be given, without the conversation before it. */
  readonly alone: number;
  /** Whether there was a conversation before. */
  readonly conversing: boolean;
  /** How much of the log-odds is owed to the length, against a message of usual length. */
  readonly byLength: number;
}

/** One head more than there are kinds: the need itself. */
export const heads = kinds.length + 1;
const need = kinds.length;
const chat = kinds.indexOf("chat");
const service = kinds.indexOf("service");
/** So many turns of the person's are looked back on, and so many characters of each. */
const remembered = 3;
const recalled = 120;
/**
 * How much the conversation before counts when the message alone is small talk or service so likely: thanks after a proof ask for nothing,
 * but only what is nearly certain to be small talk turns away from what came before.
 */
const keptAfter = (small: number): number => 1 - small ** 4;
/**
 * Up to so many characters a text is as long as people's messages are; a question with options to choose among is by theirs longer, and not the
 * harder for it. Beyond the most, what is long is given, not asked.
 */
const usualLength = 80;
const usualWithOptions = 160;
const mostLength = 3_000;
/** What so many characters add to the need of a question with one right answer, for a weight of one; `options`, 0 to 1, offered among them. */
export const lengthTerm = (characters: number, options: number): number =>
  Math.log(Math.min(Math.max(characters, usualLength), mostLength) / usualLength) -
  options * Math.log(usualWithOptions / usualLength);
/** Kinds of work whose questions have one right answer, and are the harder the longer they are; what is long elsewhere is mostly given, not asked. */
const answerable = (["facts", "everyday", "science", "calculation", "logic", "code", "math"] as const).map((kind) =>
  kinds.indexOf(kind),
);
/** How likely a text is a question with one right answer: offering options to choose among makes it one. */
export const questioning = (likely: Float64Array, options: number): number =>
  Math.max(
    options,
    answerable.reduce((sum, kind) => sum + likely[kind]!, 0),
  );

export interface Model {
  /** What `message` asks for after `history` (oldest first); `declared` are kinds of work that the person said they want. */
  judge(message: string, history?: readonly Turn[], declared?: readonly Kind[]): Judgement;
  /** The heads' log-odds and the hand-made features of one text: what a further layer can be fitted on. */
  represent(text: string): Float64Array;
}

/** @throws Error in words when `weights` do not fit this code. */
export function modelOf(weights: Weights): Model {
  const hand = valuesOf(weights.hand, handNames.length);
  const words = columnsOf(valuesOf(weights.words, buckets));
  const grams = columnsOf(valuesOf(weights.grams, gramBuckets));
  const bias = Float64Array.from(weights.bias);
  const ownGain = weights.own && gainOf(weights.own);

  function headsOf(seen: Seen): Float64Array {
    const sums = bias.slice();
    for (let feature = 0; feature < seen.hand.length; feature++) {
      const value = seen.hand[feature]!;
      if (value === 0) continue;
      for (let head = 0, at = feature * heads; head < heads; head++, at++) sums[head]! += value * hand[at]!;
    }
    addColumns(sums, seen.words, words);
    addColumns(sums, seen.grams, grams);
    return sums;
  }

  function needOf(sums: Float64Array, likely: Float64Array, length: number): number {
    const byKind = likely.reduce((sum, each, index) => sum + each * weights.gains[index]!, 0);
    return byKind / 2 + squash(sums[need]!) / 2 + length;
  }
  const logOddsOf = (needed: number): number => tapered(weights.slope * needed + weights.offset);

  return {
    judge(message, history = [], declared = []) {
      const turns = history.filter((each) => each.persona === "human").map(({ content }) => content);
      const recent = turns.slice(-remembered).map((content) => content.slice(0, recalled));
      const seen = read([...recent, message].join("\n"));
      const sums = headsOf(seen);
      const alone = recent.length === 0 ? sums.slice() : headsOf(read(message));
      const likelyAlone = softmax(alone);
      const kept = recent.length === 0 ? 1 : keptAfter(likelyAlone[chat]! + likelyAlone[service]!);
      for (let head = 0; head < heads; head++) sums[head] = kept * sums[head]! + (1 - kept) * alone[head]!;
      const likely = leaning(softmax(sums), declared);
      if (declared.length > 0) sums[need] = (sums[need]! + logit(mean(declared, weights.gains))) / 2;
      const characters = message.length + kept * turns.reduce((sum, content) => sum + content.length, 0);
      const lengthOf = (found: Float64Array, size: number): number =>
        weights.length * questioning(found, seen.options) * lengthTerm(size + seen.extra, seen.options);
      const length = lengthOf(likely, characters);
      const together = logOddsOf(needOf(sums, likely, length));
      const byItself = logOddsOf(needOf(alone, likelyAlone, lengthOf(likelyAlone, message.length)));
      // Easy talk before a hard question makes it no easier; what was declared may.
      const said = declared.length > 0 ? together : Math.max(together, byItself);
      const own = ownGain?.(message);
      return {
        logOdds: own === undefined ? said : own + said - byItself,
        kinds: likely,
        alone: own ?? byItself,
        conversing: recent.length > 0,
        byLength: weights.slope * length,
      };
    },
    represent(text) {
      const seen = read(text);
      return Float64Array.from([...headsOf(seen), ...seen.hand]);
    },
  };
}

/** A table's values head by head instead of row by row: a sum then runs through one head's few kilobytes. */
const columnsOf = (rows: Float32Array): Float32Array[] =>
  Array.from({ length: heads }, (_, head) => rows.filter((_value, at) => at % heads === head));

/** Adds what each bucket says, as if all of them were one vector of length one. */
function addColumns(sums: Float64Array, found: Uint16Array, columns: readonly Float32Array[]): void {
  const share = norm(found.length);
  for (let head = 0; head < heads; head++) {
    const column = columns[head]!;
    let sum = sums[head]!;
    for (let index = 0; index < found.length; index++) sum += share * column[found[index]!]!;
    sums[head] = sum;
  }
}
export const norm = (count: number): number => 1 / Math.sqrt(count + 1);

/** Beyond this, one way or the other, log-odds grow ever more slowly: rounded, a probability could not tell long exam questions apart. */
const straight = 3;
function tapered(logOdds: number): number {
  const beyond = Math.abs(logOdds) - straight;
  return beyond <= 0 ? logOdds : Math.sign(logOdds) * (straight + 2 * Math.log1p(beyond / 2));
}

export const squash = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
const logit = (share: number): number => Math.log(share / (1 - share));
const mean = (of: readonly Kind[], gains: readonly number[]): number =>
  of.reduce((sum, each) => sum + gains[kinds.indexOf(each)]!, 0) / of.length;

export function softmax(sums: Float64Array): Float64Array {
  const odds = sums.slice(0, kinds.length);
  const most = Math.max(...odds);
  let total = 0;
  for (let index = 0; index < odds.length; index++) total += odds[index] = Math.exp(odds[index]! - most);
  for (let index = 0; index < odds.length; index++) odds[index]! /= total;
  return odds;
}

/** Half of what is seen, half of what was declared. */
function leaning(seen: Float64Array, declared: readonly Kind[]): Float64Array {
  if (declared.length === 0) return seen;
  return seen.map((each, index) => each / 2 + (declared.includes(kinds[index]!) ? 0.5 / declared.length : 0));
}
