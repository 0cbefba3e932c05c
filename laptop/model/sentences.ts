/** Sentences of an utterance, in order, each with its mark. A dot inside an address or a number ends none. */
export function sentencesIn(words: string): string[] {
  return words
    .split(/(?<=[.!?])\s+|(?<=[。！？])/u)
    .map((sentence) => sentence.trim())
    .filter(Boolean);
}
