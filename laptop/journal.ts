/**
 * What a stand-in remembers across restarts of the laptop: a file of JSON lines, written at the end only, read whole at the start.
 *
 * One entry is one line and one write, so an entry is either there or not; a laptop that loses power mid-write leaves a last line
 * without its end, which is dropped. `compact` replaces the file by fewer lines that say the same.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

export interface Journal<Entry> {
  /** What was there at the start, oldest first. */
  readonly entries: readonly Entry[];
  append(entry: Entry): void;
  /** Replaces everything written so far, all at once. */
  compact(entries: Iterable<Entry>): void;
  close(): void;
}

/**
 * Opens `<folder>/<name>.jsonl`, creating both (readable by this user alone: it holds people's data). Without a folder nothing is
 * kept. Throws when a line other than the last is damaged, naming it: guessing would lose data silently.
 */
export function openJournal<Entry>(folder: string | undefined, name: string): Journal<Entry> {
  if (folder === undefined) return { entries: [], append() {}, compact() {}, close() {} };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.jsonl`);
  const entries = existsSync(file) ? readEntries<Entry>(file) : [];
  let descriptor: number | undefined = openSync(file, "a", 0o600);
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    entries,
    append(entry) {
      if (descriptor === undefined) throw new Error(`${name}: the journal is closed; nothing can be written any more.`);
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
    },
    compact(kept) {
      const lines = [...kept].map((entry) => `${JSON.stringify(entry)}\n`);
      const beside = `${file}.new`;
      writeFileSync(beside, lines.join(""), { mode: 0o600, flush: true });
      close();
      renameSync(beside, file);
      descriptor = openSync(file, "a", 0o600);
    },
    close,
  };
}

function readEntries<Entry>(file: string): Entry[] {
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return JSON.parse(line) as Entry;
      } catch {
        throw new Error(`${file}: line ${index + 1} is not JSON. Repair or remove that line, or delete the file to start empty.`);
      }
    });
}
