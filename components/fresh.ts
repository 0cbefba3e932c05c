/** Is a build still what its sources say? Answered from a stamp beside it, so that a start without a change builds nothing. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./replace-file.ts";

interface Stamp<Result> {
  /** Source to `<mtimeMs>:<bytes>`, relative to the root. */
  readonly sources: Readonly<Record<string, string>>;
  readonly result: Result;
}

/** What the build at `file` gave, when every source is as it was then; undefined otherwise. */
export async function kept<Result>(file: string, root: string): Promise<Result | undefined> {
  try {
    const { sources, result } = JSON.parse(await readFile(file, "utf8")) as Stamp<Result>;
    const now = await marks(Object.keys(sources), root);
    return Object.entries(sources).every(([source, mark]) => now[source] === mark) ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a build: `sources` are all the files it was made from, relative to `root`. */
export async function keep<Result>(file: string, root: string, sources: readonly string[], result: Result): Promise<void> {
  const stamp: Stamp<Result> = { sources: await marks(sources, root), result };
  await replaceFile(file, JSON.stringify(stamp));
}

async function marks(sources: readonly string[], root: string): Promise<Record<string, string>> {
  const entries = await Promise.all(
    sources.map(async (source) => {
      const { mtimeMs, size } = await stat(join(root, source));
      return [source, `${mtimeMs}:${size}`] as const;
    }),
  );
  return Object.fromEntries(entries);
}
