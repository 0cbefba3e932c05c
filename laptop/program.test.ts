import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { laptopConfig } from "./program.ts";

let folder: string;
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
let committed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-settings-"));
  committed = await file("committed.yaml", 'config:\n  switchboard:phone: { number: "+33199002737", countries: [FR, US] }\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a laptop's settings are the committed ones", async () => {
  expect(await laptopConfig(committed, undefined)).toEqual({ phone: { number: "+33199002737", countries: ["FR", "US"] } });
});

test("a file of one's own says only what differs, and a list in it replaces", async () => {
  const own = await file(
    "own.yaml",
    "config:\n  switchboard:phone: { carrier: sip, countries: [FR] }\n  switchboard:flags: { recording_enabled: false }\n",
  );
  expect(await laptopConfig(committed, own)).toEqual({
    phone: { number: "+33199002737", countries: ["FR"], carrier: "sip" },
    flags: { recording_enabled: false },
  });
});

test("a file that says nothing changes nothing", async () => {
  expect(await laptopConfig(committed, await file("empty.yaml", "config:\n"))).toEqual(await laptopConfig(committed, undefined));
});

test("a file that is not there is an error that says which setting named it", async () => {
  await expect(laptopConfig(committed, join(folder, "none.yaml"))).rejects.toThrow(
    /^LAPTOP_SETTINGS=".*none\.yaml" cannot be read \(.+\); name a YAML file shaped like Pulumi\.laptop\.yaml, or leave it out\.$/,
  );
});
