/**
 * The same question lies in several data sets: ZeroEval's and LLMRouter's GSM8K are RouteLLM's, MMLU-Pro holds MMLU questions with more
 * options, and LLMRouter's MGSM is GSM8K again. What is tested must not have been learned from under another name.
 */
import type { Row } from "./rows.ts";

/** From here on a prompt tells how to answer, not what is asked. */
const options = /\n\s*\(?A[.)][ \t][\s\S]*$/u;
const manner = /\n(?:After careful thought|Answer:|Please (?:reason|answer|think))[\s\S]*$/u;

/**
 * What a row asks, so that the same question is equal under whatever options, instructions, capitals, accents and spacing. Questions that
 * only their options tell apart become equal: too much is held out then, never too little.
 */
export function questionOf({ prompt }: Pick<Row, "prompt">): string {
  const asked = prompt.replace(options, "").replace(manner, "");
  const bare = asked
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
  return bare === "" ? prompt.trim() : bare;
}

/** The rows of `training` that ask nothing that `test` asks. */
export function withoutDuplicates<Each extends Pick<Row, "prompt">>(
  training: readonly Each[],
  test: readonly Pick<Row, "prompt">[],
): Each[] {
  const held = new Set(test.map(questionOf));
  return training.filter((row) => !held.has(questionOf(row)));
}
