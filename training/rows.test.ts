import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dataFolder, loadRows } from "./rows.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rows-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const row = {
  id: "1",
  benchmark: "b",
  prompt: "p",
  weak_model: "w",
  strong_model: "s",
  weak_score: 0,
  strong_score: 1,
  licence: "MIT",
};
const put = (name: string, ...lines: readonly string[]) => writeFileSync(join(folder, name), gzipSync(`${lines.join("\n")}\n`));

test("rows come data set by data set, each with the name of its own", () => {
  put("two.jsonl.gz", JSON.stringify({ ...row, id: "3", context: ["before"] }));
  put("one.jsonl.gz", JSON.stringify(row), JSON.stringify({ ...row, id: "2" }));
  expect(loadRows(folder).map(({ file, id }) => `${file}/${id}`)).toEqual(["one/1", "one/2", "two/3"]);
  expect(loadRows(folder)[2]?.context).toEqual(["before"]);
});

test.each(["empty", "missing"])(
  "a folder that is %s is answered with what belongs there, its source and its licence",
  (state) => {
    const where = state === "empty" ? folder : join(folder, "none");
    expect(() => loadRows(where)).toThrow(where);
    expect(() => loadRows(where)).toThrow("--data FOLDER or ROUTER_DATA");
    expect(() => loadRows(where)).toThrow(/routellm_mtbench\.jsonl\.gz +lm-sys\/RouteLLM.*\(Apache-2\.0\)/u);
  },
);

test("a bad line is named by its file, its number and its fault", () => {
  put("one.jsonl.gz", JSON.stringify(row), JSON.stringify({ ...row, weak_score: "good" }));
  expect(() => loadRows(folder)).toThrow(/one\.jsonl\.gz, line 2: weak_score:/u);
  put("one.jsonl.gz", "not json");
  expect(() => loadRows(folder)).toThrow("one.jsonl.gz, line 1");
});

test("the folder given goes before the environment's, and that before the one beside the repository", () => {
  expect(dataFolder("/given", { ROUTER_DATA: "/environment" })).toBe("/given");
  expect(dataFolder(undefined, { ROUTER_DATA: "/environment" })).toBe("/environment");
  expect(dataFolder(undefined, {})).toMatch(/shared[/\\]router-data$/u);
});
