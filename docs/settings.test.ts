import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settingsSchema } from "../stacks/schema.ts";
import { settingsPage } from "./settings.ts";

test("the page of settings says what the schema says", async () => {
  const written = await readFile(join(import.meta.dirname, "settings.md"), "utf8");
  expect(written, "write it anew with: node docs/settings.ts").toBe(settingsPage());
});

test("each setting has a section of its own, which messages point to, and each row a meaning", () => {
  const page = settingsPage();
  for (const name of Object.keys(settingsSchema.shape)) expect(page).toContain(`\n## ${name}\n`);
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((line) => / \| {2}\|$/.test(line)).map((line) => line.split("`")[1])).toEqual([]);
});
