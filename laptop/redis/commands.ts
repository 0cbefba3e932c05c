/** Redis commands as they travel: RESP arrays of bulk strings, cut out of a stream of bytes. */

/** A command's words; the first names it. Bytes, because values need not be text. */
export type Command = readonly Buffer[];

/** What a client sent that is no RESP; its message is what Redis answers before it hangs up. */
export class ProtocolError extends Error {}

const largestBulkBytes = 512 * 1024 * 1024;
const mostWords = 1024 * 1024;

/** Collects bytes and yields each command once it is whole. */
export class CommandReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The commands that are complete with `chunk`. Throws `ProtocolError`. */
  read(chunk: Buffer): Command[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const commands: Command[] = [];
    for (;;) {
      const found = parse(this.#rest);
      if (!found) return commands;
      if (found.words.length > 0) commands.push(found.words);
      this.#rest = this.#rest.subarray(found.end);
    }
  }
}

interface Line {
  readonly text: string;
  readonly end: number;
}

function lineAt(bytes: Buffer, start: number): Line | undefined {
  const newline = bytes.indexOf("\r\n", start);
  return newline < 0 ? undefined : { text: bytes.toString("latin1", start, newline), end: newline + 2 };
}

function parse(bytes: Buffer): { readonly words: Command; readonly end: number } | undefined {
  const head = lineAt(bytes, 0);
  if (!head) return undefined;
  if (!head.text.startsWith("*"))
    return {
      words: head.text
        .split(/\s+/)
        .filter(Boolean)
        .map((word) => Buffer.from(word, "latin1")),
      end: head.end,
    };
  const count = length(head.text.slice(1), mostWords, "multibulk");
  const words: Buffer[] = [];
  let at = head.end;
  while (words.length < count) {
    const line = lineAt(bytes, at);
    if (!line) return undefined;
    if (!line.text.startsWith("$")) throw new ProtocolError(`Protocol error: expected '$', got '${line.text.slice(0, 1)}'`);
    const end = line.end + length(line.text.slice(1), largestBulkBytes, "bulk");
    if (bytes.length < end + 2) return undefined;
    words.push(bytes.subarray(line.end, end));
    at = end + 2;
  }
  return { words, end: at };
}

function length(text: string, most: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw new ProtocolError(`Protocol error: invalid ${what} length`);
  return value;
}

export function encode(words: readonly (Buffer | string)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = Buffer.from(word);
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")];
  });
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}
