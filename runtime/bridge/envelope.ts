/**
 * A JSON message whose bulk is one base64 text, taken apart without parsing the bulk: parsing and rebuilding it costs more than all
 * the rest of a frame's way through the bridge.
 */
export interface Envelope {
  /** The message with an empty text in place of the bulk, as parsed. */
  readonly message: unknown;
  /** The bulk as it came: bytes of the base64 text. */
  readonly bulk: Buffer;
}

const quote = '"'.charCodeAt(0);
const backslash = "\\".charCodeAt(0);

/**
 * Cuts the text under `key` out of a JSON message and parses the rest. Undefined when there is no such text, or when it is written with
 * escapes (some writers turn `+` into \u002B), which only a whole parse understands. Throws SyntaxError when the rest is not JSON.
 */
export function openEnvelope(data: Buffer, key: string): Envelope | undefined {
  const opening = `"${key}":"`;
  const at = data.indexOf(opening);
  if (at < 0) return undefined;
  const start = at + opening.length;
  const end = data.indexOf(quote, start);
  if (end < 0 || data[end - 1] === backslash) return undefined;
  const bulk = data.subarray(start, end);
  if (bulk.includes(backslash)) return undefined;
  return { message: JSON.parse(data.toString("utf8", 0, start) + data.toString("utf8", end)), bulk };
}
