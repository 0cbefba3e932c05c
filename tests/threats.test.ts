/** The threat table's rows of webhooks (W) and media sockets (M): each is named by one test, which is where to look for what becomes of it. */
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const rows = [...range("W", 14), ...range("M", 10)];

function range(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, at) => `${letter}${at + 1}`);
}

/** What begins the title of a test, a table of tests or a group of them: `W1: …`, `W10, W11: …`. */
const named = /["`]((?:[WM]\d+(?:, | and |: ))+)/g;

test("every row of the threat table is named in exactly one title", async () => {
  const titles: string[] = [];
  for await (const file of glob("tests/{bridge,functions,twilio}/**/*.test.ts", { cwd: join(import.meta.dirname, "..") }))
    for (const [, ids = ""] of (await readFile(join(import.meta.dirname, "..", file), "utf8")).matchAll(named))
      titles.push(...(ids.match(/[WM]\d+/g) ?? []));
  expect(titles.toSorted()).toEqual(rows.toSorted());
});
