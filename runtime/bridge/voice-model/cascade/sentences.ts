/**
 * Cuts text into pieces that can be spoken one by one, while it is still being written: sentences in any script, and long ones at a clause.
 * A piece keeps the space after it, so that the pieces joined are the text. Where it is unclear whether a sentence ends, it goes on: a
 * sentence too long costs a moment, one cut in the middle sounds wrong.
 */

/** Longest piece, without the space after it. */
const longest = 400;
/** Longest piece of a script that marks no sentences and puts spaces between phrases. */
const longestUnmarked = 100;

/** These end a sentence whatever follows: Chinese and Japanese, Devanagari, Ethiopic, Burmese, Khmer. */
const standalone = "。！？；｡।॥።။។\n";
/** These do when a space follows, or a script that has no spaces: Latin, Arabic, Urdu, Armenian, Greek. */
const spaced = ".!?;:…؟؛۔։\u037e";
const marks = new Set(standalone + spaced);
const closing = new Set(`"'”’»›)]}」』）】》〉`);
const wide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const unmarked = /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const clauseMark = /[,，、،٬–—]/;
const space = /\s/;

/** Followed by a name: never the end of a sentence. */
const titles = new Set("mr mrs ms dr prof st mme mlle mm me sr sra srta dra hr fr frau herr ing dipl nr no tel av bd".split(" "));
/** The end of a sentence only when a capital follows. */
const shortened = new Set("etc vs approx ca bzw usw inc ltd co corp jr ext max min env cf p pp ud uds vol art".split(" "));

export class SentenceSplitter {
  #text = "";

  /** Takes the next part of the text, cut anywhere; answers the pieces that are now complete. */
  push(part: string): string[] {
    this.#text += part;
    return this.#take(false);
  }

  /** The text is over: what is left of it comes out. */
  end(): string[] {
    const pieces = this.#take(true);
    if (this.#text) pieces.push(this.#text);
    this.#text = "";
    return pieces;
  }

  #take(isOver: boolean): string[] {
    const pieces: string[] = [];
    for (let length = nextPiece(this.#text, isOver); length > 0; length = nextPiece(this.#text, isOver)) {
      pieces.push(this.#text.slice(0, length));
      this.#text = this.#text.slice(length);
    }
    return pieces;
  }
}

/** How much of the text is a piece of its own; 0 while that cannot be said. */
function nextPiece(text: string, isOver: boolean): number {
  for (let at = text.search(/\S/); at >= 0 && at < text.length; at++) {
    const limit = at > longestUnmarked && unmarked.test(text[at] ?? "") ? longestUnmarked : longest;
    if (at >= limit) {
      const cut = cutAt(text.slice(0, limit), limit);
      if (cut > 0) return cut;
    }
    if (!marks.has(text[at] ?? "")) continue;
    const end = pastMarks(text, at);
    const next = pastSpace(text, end);
    // What follows decides, so it is waited for; at the end of the text nothing does.
    if (next >= text.length) return isOver ? text.length : 0;
    if (endsSentence(text, at, end, next)) return next;
    at = end - 1;
  }
  return 0;
}

/** Past the marks at `at` and the quotes and brackets they close; French closes its quotes behind a space. */
function pastMarks(text: string, at: number): number {
  let end = at;
  while (marks.has(text[end] ?? "")) end++;
  while (closing.has(text[end] ?? "") || (space.test(text[end] ?? "") && text[end + 1] === "»")) end++;
  return end;
}

function pastSpace(text: string, at: number): number {
  let next = at;
  while (space.test(text[next] ?? "")) next++;
  return next;
}

function endsSentence(text: string, at: number, end: number, next: number): boolean {
  const run = text.slice(at, end);
  if ([...run].some((each) => standalone.includes(each)) || text.slice(end, next).includes("\n")) return true;
  if (next === end) return wide.test(text[next] ?? "") && !run.startsWith(".");
  return run[0] !== "." || run.length > 1 ? true : pointEnds(text.slice(0, at), text[next] ?? "");
}

/** Whether a single point after `before` ends a sentence, when a space and then `next` follow. */
function pointEnds(before: string, next: string): boolean {
  const word = /[^\s("'“«]*$/.exec(before)?.[0] ?? "";
  if (/^\d{1,2}$/.test(word)) return false;
  // Initials: "J. Smith", "e.g.", "z. B.".
  if (/(^|\.)\p{L}$/u.test(word)) return false;
  if (titles.has(word.toLowerCase())) return false;
  return !shortened.has(word.toLowerCase()) || /\p{Lu}/u.test(next);
}

/** Where a text too long is cut: after its last clause, else its last word, else (a full limit without either) between two characters. */
function cutAt(text: string, limit: number): number {
  const clause = lastIndex(text, (each, at) => clauseMark.test(each) && !/\d/.test(text[at + 1] ?? "0"));
  if (clause > limit / 2) return pastSpace(text, clause + 1);
  const word = lastIndex(text, (each) => space.test(each));
  if (word > limit / 2) return word + 1;
  if (limit < longest) return 0;
  return clause > 0 ? pastSpace(text, clause + 1) : word > 0 ? word + 1 : wholeCharacters(text, limit);
}

function lastIndex(text: string, fits: (character: string, at: number) => boolean): number {
  for (let at = text.length - 1; at > 0; at--) if (fits(text[at] ?? "", at)) return at;
  return -1;
}

const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function wholeCharacters(text: string, limit: number): number {
  const last = [...characters.segment(text)].at(-1)?.index ?? 0;
  return last > 0 ? last : limit;
}
