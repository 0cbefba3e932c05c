/** Words as they are compared: without case, accents or punctuation, in any script. */

const segments = new Intl.Segmenter(undefined, { granularity: "word" });

/** The words of a text in order; scripts without spaces are cut where a dictionary would. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().normalize("NFC");
  const words: string[] = [];
  for (const { segment, isWordLike } of segments.segment(plain)) if (isWordLike) words.push(segment);
  return words;
}
