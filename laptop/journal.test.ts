import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "./journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "calls.jsonl");

function reopened(): readonly unknown[] {
  const journal = openJournal(folder, "calls");
  journal.close();
  return journal.entries;
}

test("what was written is there at the next start, in order", () => {
  const journal = openJournal(folder, "calls");
  journal.append({ id: 1, text: "a line\nof two" });
  journal.append({ id: 2 });
  journal.close();
  expect(reopened()).toEqual([{ id: 1, text: "a line\nof two" }, { id: 2 }]);
});

test("a last line that was torn off is dropped, and what is written next is whole", () => {
  writeFileSync(file(), '{"id":1}\n{"id":2,"text":"é');
  const journal = openJournal(folder, "calls");
  expect(journal.entries).toEqual([{ id: 1 }]);
  journal.append({ id: 3 });
  journal.close();
  expect(reopened()).toEqual([{ id: 1 }, { id: 3 }]);
});

test("a damaged line in the middle is named instead of skipped", () => {
  writeFileSync(file(), '{"id":1}\n{"id"\n{"id":3}\n');
  expect(() => reopened()).toThrow("line 2 is not JSON");
});

test("compacting replaces what was there, and writing goes on", () => {
  const journal = openJournal<{ id: number }>(folder, "calls");
  for (const id of [1, 2, 3]) journal.append({ id });
  journal.compact([{ id: 3 }]);
  journal.append({ id: 4 });
  journal.close();
  expect(reopened()).toEqual([{ id: 3 }, { id: 4 }]);
  expect(readFileSync(file(), "utf8").split("\n")).toHaveLength(3);
});

test("only its owner may read it", () => {
  openJournal(folder, "calls").close();
  expect(statSync(file()).mode & 0o077).toBe(0);
});

test("after closing nothing is lost silently", () => {
  const journal = openJournal(folder, "calls");
  journal.close();
  expect(() => journal.append({ id: 1 })).toThrow("closed");
  expect(reopened()).toEqual([]);
});

test("without a folder nothing is kept", () => {
  const journal = openJournal(undefined, "calls");
  journal.append({ id: 1 });
  expect(journal.entries).toEqual([]);
});
