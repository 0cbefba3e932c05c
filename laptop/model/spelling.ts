/** Names spelled letter by letter, plainly or with a word for each letter. */

const nato =
  "alph?a|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|whiske?y|x-?ray|yankee|zulu";
/** Fewer of them in a row may be a person's name. */
const natoRun = new RegExp(`(?<!\\p{L})(?:(?:${nato})(?:[\\s,.-]+|$)){3,}`, "giu");
const named = /(?<!\p{L})(\p{L})[\s,]+(?:as in|for|like|comme|como|de|wie)\s+(\p{L})\p{L}+/giu;

/** "Mike Alpha Romeo" and "M as in Mike" as the letters they stand for: `M A R`, `M`. */
export function lettered(words: string): string {
  return words
    .replace(named, (whole, letter: string, initial: string) =>
      letter.toLowerCase() === initial.toLowerCase() ? letter.toUpperCase() : whole,
    )
    .replace(natoRun, (run) => {
      const letters = run.match(/\p{L}[\p{L}-]*/gu)?.map((word) => word.charAt(0).toUpperCase()) ?? [];
      return `${letters.join(" ")}${/\s$/.test(run) ? " " : (/[.,]$/.exec(run)?.[0] ?? "")}`;
    });
}

/** The word that three or more single letters in a row make, capitalised. */
export function spelledIn(words: string): string | undefined {
  const letters = /(?<!\p{L})\p{L}(?:[\s,.-]+\p{L}(?!\p{L})){2,}/u.exec(words)?.[0]?.match(/\p{L}/gu)?.join("");
  return letters ? letters.charAt(0).toUpperCase() + letters.slice(1).toLowerCase() : undefined;
}
