import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keep, kept } from "./fresh.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "switchboard-fresh-"));
  await writeFile(join(root, "a.ts"), "one");
  await writeFile(join(root, "b.ts"), "two");
});
afterEach(() => rm(root, { recursive: true }));

const stamp = () => join(root, "stamp.json");

test("a build is kept while no source changes", async () => {
  await keep(stamp(), root, ["a.ts", "b.ts"], { bytes: 7 });
  expect(await kept(stamp(), root)).toEqual({ bytes: 7 });
});

test("a source that is changed or gone means building anew", async () => {
  await keep(stamp(), root, ["a.ts", "b.ts"], { bytes: 7 });
  await writeFile(join(root, "b.ts"), "three");
  expect(await kept(stamp(), root)).toBeUndefined();
  await keep(stamp(), root, ["a.ts", "b.ts"], { bytes: 7 });
  await rm(join(root, "a.ts"));
  expect(await kept(stamp(), root)).toBeUndefined();
});

test("without a stamp, or with a torn one, nothing is kept", async () => {
  expect(await kept(stamp(), root)).toBeUndefined();
  await writeFile(stamp(), '{"sources":{"a.ts"');
  expect(await kept(stamp(), root)).toBeUndefined();
});
