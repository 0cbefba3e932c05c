import { describe, expect, test } from "vitest";
import { z } from "zod";
import { bridgeSettings, functionsSettings } from "../settings.ts";
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

describe.each([
  ["the functions app", functionsSettings],
  ["the bridge", bridgeSettings],
])("%s", (_app, settings) => {
  const faults = (env: Record<string, string>): readonly string[] => {
    try {
      readSettings(settings, env);
      return [];
    } catch (error) {
      return (error as SettingsError).faults.filter((fault) => /COMMUNICATION|CALL_AUTOMATION|TWILIO|CARRIER/.test(fault));
    }
  };

  test("needs Communication Services on a line that it carries, whatever else is missing", () => {
    expect(faults({ PHONE_CARRIER: "acs", COMMUNICATION_ENDPOINT: "https://a.example" })).toEqual([
      "COMMUNICATION_RESOURCE_ID is missing: PHONE_CARRIER acs needs it.",
      "CALL_AUTOMATION_AUTHORITY is missing: PHONE_CARRIER acs needs it.",
    ]);
  });

  test("needs Twilio's account on a line that Twilio carries", () => {
    expect(faults({ PHONE_CARRIER: "twilio", TWILIO_ACCOUNT_SID: "AC1" })).toEqual([
      "TWILIO_ACCOUNT_SID is not as it must be: AC and 32 lower case hexadecimal digits.",
      "TWILIO_API is missing: PHONE_CARRIER twilio needs it.",
    ]);
  });

  test("needs no other service on a line by SIP", () => {
    expect(faults({ PHONE_CARRIER: "sip" })).toEqual([]);
  });

  test("must be told who carries its line", () => {
    expect(faults({})).toEqual(["PHONE_CARRIER is missing."]);
  });
});
