/** What is to be said: SSML checked as the service checks it, and the words in it. */
import { Refusal } from "../identity/access.ts";

export interface Said {
  /** The words in order, marks resolved and white space collapsed. */
  readonly text: string;
  /** `xml:lang` of the root. */
  readonly language: string;
  readonly voices: readonly string[];
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** A comment, a declaration, a tag (name, attributes, self-closing slash), or text up to the next one. */
const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;

/** Throws `Refusal` 400 with what is wrong: not well-formed, no language, no voice. */
export function readSsml(ssml: string): Said {
  const open: string[] = [];
  const words: string[] = [];
  const voices: string[] = [];
  let root: { readonly name: string; readonly attributes: Readonly<Record<string, string>> } | undefined;
  let read = 0;
  for (const match of ssml.matchAll(token)) {
    read += match[0].length;
    const [, closing, name, attributes = "", selfClosing, text] = match;
    if (text !== undefined) {
      if (open.length === 0 && text.trim()) throw malformed("there is text outside the speak element");
      if (open.includes("voice")) words.push(text);
      else if (text.trim()) throw malformed("text must be inside a voice element");
    } else if (name !== undefined && closing) {
      if (open.pop() !== name) throw malformed(`</${name}> closes nothing`);
    } else if (name !== undefined) {
      const found = attributesOf(attributes);
      root ??= { name, attributes: found };
      if (name === "voice") voices.push(found.name ?? "");
      if (name === "break" || name === "p" || name === "s") words.push(" ");
      if (!selfClosing) open.push(name);
    }
  }
  if (read < ssml.length) throw malformed("a tag could not be read");
  if (open.length > 0) throw malformed(`<${open.at(-1)}> is not closed`);
  if (root?.name !== "speak") throw malformed("the root must be a speak element");
  const language = root.attributes["xml:lang"];
  if (!language) throw malformed("the speak element needs xml:lang");
  if (voices.length === 0 || voices.includes("")) throw malformed("a voice element with a name is needed");
  return { text: decoded(words.join("")).replaceAll(/\s+/g, " ").trim(), language, voices };
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...found].map(([, name = "", double, single]) => [name, decoded(double ?? single ?? "")]));
}

function decoded(text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]+|#\d+|\w+);|&/gi, (_, name: string | undefined) => {
    if (name === undefined) throw malformed("a bare & must be written &amp;");
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.startsWith("#x") ? `0${name.slice(1)}` : name.slice(1)));
    const character = entities[name];
    if (character === undefined) throw malformed(`&${name}; is not an entity of XML`);
    return character;
  });
}

const malformed = (why: string): Refusal => new Refusal(400, "BadRequest", `SSML: ${why}.`);
