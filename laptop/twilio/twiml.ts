/** TwiML as Twilio reads it: a document of verbs. What the laptop's Twilio cannot do is refused by name, as Twilio refuses what is no TwiML. */

export interface Verb {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Verb[];
  /** Text directly inside, entities resolved and trimmed. */
  readonly text: string;
}

/** Twilio's error 12100: a document that cannot be read, or asks for what is not there. */
export class TwimlFault extends Error {}

const known: Readonly<Record<string, readonly string[]>> = {
  Response: ["Connect", "Dial", "Hangup", "Pause", "Redirect", "Reject", "Say"],
  Connect: ["Stream"],
  Stream: ["Parameter"],
  Dial: ["Number"],
};

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** A comment, a declaration, a tag (name, attributes, self-closing slash), or text up to the next one. */
const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Verb[];
  text: string;
}

/** The verbs of a document, in order. Throws `TwimlFault`. */
export function readTwiml(document: string): readonly Verb[] {
  const open: Open[] = [];
  let root: Verb | undefined;
  let read = 0;
  const close = (name: string): void => {
    const closed = open.pop();
    if (closed?.name !== name) throw new TwimlFault(`</${name}> closes nothing`);
    const verb = { ...closed, text: closed.text.trim() };
    const parent = open.at(-1);
    if (!parent) root = verb;
    else if (known[parent.name]?.includes(name)) parent.children.push(verb);
    else throw new TwimlFault(`<${name}> in <${parent.name}> is not known here`);
  };
  for (const match of document.matchAll(token)) {
    read += match[0].length;
    const [, closing, name, attributes = "", selfClosing, text] = match;
    const inside = open.at(-1);
    if (text !== undefined && inside) inside.text += decoded(text);
    else if (text?.trim()) throw new TwimlFault("there is text outside the document");
    if (name === undefined) continue;
    if (root) throw new TwimlFault("there is more than one document");
    if (!closing) open.push({ name, attributes: attributesOf(attributes), children: [], text: "" });
    if (closing || selfClosing) close(name);
  }
  if (read < document.length) throw new TwimlFault("a tag could not be read");
  if (open.length > 0 || root?.name !== "Response") throw new TwimlFault("the document must be one Response, closed");
  return root.children;
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...found].map(([, name = "", double, single]) => [name, decoded(double ?? single ?? "")]));
}

function decoded(text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]+|#\d+|\w+);|&/gi, (_, name: string | undefined) => {
    if (name === undefined) throw new TwimlFault("a bare & must be written &amp;");
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.startsWith("#x") ? `0${name.slice(1)}` : name.slice(1)));
    const character = entities[name];
    if (character === undefined) throw new TwimlFault(`&${name}; is not an entity of XML`);
    return character;
  });
}
