/**
 * What the synthesiser is given for a sentence.
 * Elements and values: learn.microsoft.com, "Customize voice and sound with SSML" and "SSML document structure".
 */
import type { Language } from "../../../agent.ts";
import type { Style } from "./style.ts";

export interface Sentence {
  readonly text: string;
  readonly language: Language;
  readonly style: Style;
  /** A multiple of the voice's own speed. */
  readonly speed: number;
}

/** Half as strong as the service's own styles, which sound exaggerated on a telephone; as call-center-ai has it. */
const styleDegree = 0.5;

export function ssmlFor({ text, language, style, speed }: Sentence): string {
  const { short_code, voice, lexicon_url } = language;
  const lexicon = lexicon_url ? `<lexicon uri="${escaped(lexicon_url)}"/>` : "";
  const paced = `<prosody rate="${speed}">${escaped(text.trim())}</prosody>`;
  const felt =
    style === "none" ? paced : `<mstts:express-as style="${style}" styledegree="${styleDegree}">${paced}</mstts:express-as>`;
  return [
    `<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="https://www.w3.org/2001/mstts" xml:lang="${escaped(short_code)}">`,
    // Shapes the sound for the 300 to 3,400 Hz of a telephone.
    `<voice name="${escaped(voice)}" effect="eq_telecomhp8k">${lexicon}<lang xml:lang="${escaped(short_code)}">${felt}</lang></voice>`,
    "</speak>",
  ].join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
/** What XML 1.0 has no way to write: control characters, halves of a surrogate pair, and two non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function escaped(text: string): string {
  return text.replaceAll(unwritable, "").replaceAll(/[&<>"']/g, (each) => entities[each] ?? "");
}
