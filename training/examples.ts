/** What the router learns from: the prompts of the public rows, each with its kind of work and its need, and words of our own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Kind, kinds } from "../runtime/router/kinds.ts";
import { read, type Seen } from "../runtime/router/text.ts";
import { questionOf } from "./duplicates.ts";
import { examined } from "./examiners.ts";
import { kindOf } from "./kinds.ts";
import type { Example } from "./learner.ts";
import type { Row } from "./rows.ts";

/**
 * How much the strong model is worth for each kind of work, 0 to 1: a judgement, and the recipe's promise that technical explanation is the
 * strong model's. Outcome labels of one pair and data set say next to nothing about another (docs/router.md), so they only order prompts
 * within a set.
 */
export const gains: Readonly<Record<Kind, number>> = {
  chat: 0.02,
  service: 0.05,
  facts: 0.2,
  everyday: 0.15,
  writing: 0.3,
  text: 0.35,
  humanities: 0.4,
  science: 0.5,
  analysis: 0.85,
  calculation: 0.8,
  logic: 0.82,
  code: 0.85,
  math: 0.85,
};

/** A sentence of ours: its kind of work and its need, 0 to 9. */
const ownSchema = z.strictObject({ kind: z.enum(kinds), need: z.number().int().min(0).max(9), text: z.string().min(1) });
export type OwnWords = z.infer<typeof ownSchema>;

export function ownWords(): OwnWords[] {
  const lines = readFileSync(join(import.meta.dirname, "own-words.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => ownSchema.parse(JSON.parse(line)));
}

/** At most so many questions of one category of a data set: what a set is about is soon learned, and large sets must not drown small ones. */
const perCategory = 25;
/** How far failing more than others of its set raises a prompt's need. */
const spread = 0.1;
const ownWeight = 3;
/** Each question counts by so much as an examiner would put it, and by the rest as it stands. */
const examinedShare = 0.4;
/** No kind counts more than so many times its questions, however few it has. */
const mostBalance = 3;

interface Question {
  readonly key: string;
  readonly text: string;
  readonly kind: number;
  readonly set: string;
  failed: number;
  asked: number;
}

/** MT-Bench is for testing only and taught by nobody. */
export const isTaught = (row: Pick<Row, "benchmark">): boolean => row.benchmark !== "mt_bench";

export function publicExamples(rows: readonly Row[]): Example[] {
  const all = questionsOf(rows);
  const failures = Map.groupBy(all, ({ set }) => set);
  const drawn = [...failures.values()].flatMap((ofSet) =>
    ofSet.sort((one, other) => fingerprint(one.key) - fingerprint(other.key)).slice(0, perCategory),
  );
  const ofKind = Map.groupBy(drawn, ({ kind }) => kind);
  const usual = drawn.length / kinds.length;
  const meanFailure = new Map(
    [...failures].map(([set, ofSet]) => [set, ofSet.reduce((sum, each) => sum + failure(each), 0) / ofSet.length]),
  );
  return drawn.flatMap((question) => {
    const need = gains[kinds[question.kind]!] + spread * (failure(question) - meanFailure.get(question.set)!);
    const weight = Math.min(mostBalance, usual / ofKind.get(question.kind)!.length);
    const drawnBy = fingerprint(question.key);
    const asked = drawnBy % 2 === 0 ? question.text : withoutOptions(question.text);
    const example = (text: string, share: number): Example => ({
      seen: seenOf(text),
      kind: question.kind,
      need: Math.min(1, Math.max(0, need)),
      weight: share * weight,
    });
    return [example(asked, 1 - examinedShare), example(examined(asked, drawnBy >>> 1), examinedShare)];
  });
}

/** Each sentence of ours in the ways it is said: as written, in haste, and wrapped in courtesies. */
export function ownExamples(words: readonly OwnWords[]): Example[][] {
  return words.map(({ kind, need, text }) => {
    const ways = [text, inHaste(text), wrapped(text)];
    return ways.map((each) => ({
      seen: seenOf(each),
      kind: kinds.indexOf(kind),
      need: need / 9,
      weight: ownWeight / ways.length,
    }));
  });
}

/** Without capitals and marks. */
const inHaste = (text: string): string => text.toLowerCase().replace(/[.,!?¿¡;:。，！？、؟]+(?=\s|$)/gu, "");

const courtesies: readonly (readonly [string, string])[] = [
  ["Please ", ""],
  ["Could you help me with this? ", ""],
  ["Hi, ", " Thanks!"],
  ["I was wondering: ", ""],
  ["Sorry to bother you. ", ""],
  ["", " Thank you very much in advance."],
  ["I have a question. ", ""],
  ["If you have a moment, ", " That would be kind."],
];
function wrapped(text: string): string {
  const [before, after] = courtesies[fingerprint(text) % courtesies.length]!;
  return `${before}${text}${after}`;
}

/** Each question once, with how often models failed it. */
function questionsOf(rows: readonly Row[]): Question[] {
  const found = new Map<string, Question>();
  for (const row of rows) {
    const kind = isTaught(row) ? kindOf(row) : undefined;
    if (!kind) continue;
    const key = keyOf(row);
    const question = found.get(key) ?? {
      key,
      text: row.prompt,
      kind: kinds.indexOf(kind),
      set: `${row.benchmark} ${row.category}`,
      failed: 0,
      asked: 0,
    };
    const scores = row.all_scores ? Object.values(row.all_scores) : [row.weak_score];
    question.failed += scores.reduce((sum, each) => sum + 1 - each, 0);
    question.asked += scores.length;
    found.set(key, question);
  }
  return [...found.values()];
}

const failure = ({ failed, asked }: Question): number => failed / asked;

// Refitting with one data set left out reads the same prompts again.
const keys = new WeakMap<Row, string>();
function keyOf(row: Row): string {
  const known = keys.get(row) ?? questionOf(row);
  keys.set(row, known);
  return known;
}
const texts = new Map<string, Seen>();
function seenOf(text: string): Seen {
  const known = texts.get(text) ?? read(text);
  texts.set(text, known);
  return known;
}

/** Half of the questions are taught without their options: choosing among options is a manner of asking, not a kind of work. */
const withoutOptions = (text: string): string => text.replace(/\n\s*\(?A[.)][ \t][\s\S]*$/u, "");

/** A number that depends on the text alone (FNV-1a). */
export function fingerprint(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  return (hash ^ (hash >>> 15)) >>> 0;
}
