/** Answers from what `search_document` found: the sentences of the passages that share most words with the question. */

const longestAnswer = 300;

/** Empty when nothing was found; sentences that share fewer than `leastShared` words with the question are left out. */
export function answerFrom(output: string, question: string, leastShared = 0): string {
  const passages = passagesIn(output);
  const wanted = new Set(wordsOf(question));
  const sentences = passages.flatMap((passage) => passage.match(/[^.!?。！？]+[.!?。！？]*/g) ?? []);
  const scored = sentences.map((sentence, at) => ({
    sentence: sentence.trim(),
    at,
    score: wordsOf(sentence).filter((word) => wanted.has(word)).length,
  }));
  const best = scored
    .filter(({ score }) => score >= leastShared)
    .toSorted((one, other) => other.score - one.score || one.at - other.at)
    .slice(0, 2);
  return best
    .toSorted((one, other) => one.at - other.at)
    .map(({ sentence }) => sentence)
    .join(" ")
    .slice(0, longestAnswer);
}

/** Whether the tool's own words, outside any document, say that it failed. */
export function lookupFailed(output: string): boolean {
  return /\b(fail(ed|ure)?|error)\b/i.test(output.replace(/<documents>[\s\S]*?<\/documents>/, ""));
}

/** Texts in the tool's answer: JSON inside a `<documents>` tag or alone, once or twice encoded, else the lines as they are. */
function passagesIn(output: string): string[] {
  const inner = /<documents>([\s\S]*?)<\/documents>/.exec(output)?.[1];
  if (inner === undefined && /\b(say nothing|nothing (was )?found|no (results?|documents?|passages?))\b/i.test(output)) return [];
  let value: unknown = (inner ?? output).trim();
  for (let depth = 0; depth < 3 && typeof value === "string"; depth++) {
    try {
      value = JSON.parse(value);
    } catch {
      break;
    }
  }
  return textsIn(value);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.trim() ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  const { content, answer, text, ...rest } = value as Record<string, unknown>;
  const main = [content, answer, text].filter((each) => typeof each === "string" && each.trim() !== "");
  return main.length > 0
    ? main.map(String)
    : Object.values(rest)
        .filter((each) => typeof each === "object")
        .flatMap(textsIn);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{Script=Han}|[\p{L}\d]{3,}/gu) ?? [];
}
