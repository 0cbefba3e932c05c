import { expect, test } from "vitest";
import { z } from "zod";
import { readSettings, SettingsError } from "./environment.ts";

const schema = z.object({
  AZURE_CLIENT_ID: z.uuid(),
  PHONE_NUMBER: z.string().regex(/^\+\d+$/, "E.164, such as +33612345678"),
  PLACE: z.url(),
  NOTE: z.string().optional(),
});
const good = {
  AZURE_CLIENT_ID: "a11f9f6e-98a0-4c4c-8a0a-27cbe6d43a10",
  PHONE_NUMBER: "+33612345678",
  PLACE: "https://example.com",
};

test("only what the schema names is read", () => {
  expect(readSettings(schema, { ...good, PATH: "/bin" })).toEqual(good);
});

test("a list that may be empty may be said to be empty, and must still be said", () => {
  const list = z.object({ COUNTRIES: z.string().regex(/^([A-Z]{2}(,[A-Z]{2})*)?$/), NOTE: z.string().optional() });
  expect(readSettings(list, { COUNTRIES: "", NOTE: "" })).toEqual({ COUNTRIES: "" });
  expect(() => readSettings(list, {})).toThrow("COUNTRIES is missing.");
});

test("every fault is told at once, by name, without the values", () => {
  let told: unknown;
  try {
    readSettings(schema, { AZURE_CLIENT_ID: "", PHONE_NUMBER: "Ada's number", PLACE: "there" });
  } catch (error) {
    told = error;
  }
  expect(told).toBeInstanceOf(SettingsError);
  const { faults, message } = told as SettingsError;
  expect(faults).toEqual([
    "AZURE_CLIENT_ID is missing.",
    "PHONE_NUMBER is not as it must be: E.164, such as +33612345678.",
    "PLACE is not as it must be: Invalid URL.",
  ]);
  expect(message).not.toMatch(/Ada|there\b(?!.*settings)/);
  expect(message).toContain("deploy again");
});
