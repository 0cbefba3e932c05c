/** How a sentence is to sound. The model puts a tag before it, which is never spoken: `style=cheerful That is good news.` */
export const styles = ["none", "cheerful", "sad"] as const;
export type Style = (typeof styles)[number];

export interface Styled {
  /** Undefined when the sentence says nothing about it. */
  readonly style: Style | undefined;
  /** The words alone. */
  readonly text: string;
}

/** What the model is told about it, beside its instructions. */
export const styleInstructions = [
  "# Voice",
  "Begin an answer with `style=cheerful ` for good news or `style=sad ` for bad news; otherwise write no tag. It is not spoken.",
].join("\n");

const tag = /^\s*style\s*=\s*\[?([\p{L}_-]*)\]?[\s:,]*/iu;

/** Takes a tag off the beginning of a sentence; a style we do not have is taken off too, and is none. */
export function styled(sentence: string): Styled {
  const [whole, name = ""] = tag.exec(sentence) ?? [];
  if (whole === undefined) return { style: undefined, text: sentence };
  return { style: styles.find((each) => each === name.toLowerCase()) ?? "none", text: sentence.slice(whole.length) };
}
