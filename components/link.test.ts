import { output } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { z } from "zod";
import { type AppSettings, appSettings } from "./app-settings.ts";
import type { Link, Values, Wiring } from "./link.ts";

const schema = z.object({
  COSMOS_ENDPOINT: z.url(),
  SIGNALR_ENDPOINT: z.url(),
  PHONE_NUMBER: z.string(),
  TRACES: z.string().optional(),
});
const cosmos: Link<"COSMOS_ENDPOINT"> = {
  name: "cosmos",
  settings: { COSMOS_ENDPOINT: output("https://cosmos.example") },
  grants: [],
};
const signalR: Link<"SIGNALR_ENDPOINT"> = {
  name: "signal-r",
  settings: { SIGNALR_ENDPOINT: output("https://signalr.example") },
  grants: [],
};

/** Wired as a host wires itself: the types decide first, then the names. */
function wire<Settings extends z.ZodObject, const Links extends readonly Link[], const Given extends Values<Settings>>(
  wiring: Wiring<Settings, Links, Given>,
): AppSettings {
  return appSettings("app", wiring.schema, wiring.links, wiring.settings);
}

test("a host whose links and values cover its code is wired", () => {
  const settings = wire({ schema, links: [cosmos, signalR], settings: { PHONE_NUMBER: "+33199002737" } });
  expect(Object.keys(settings).sort()).toEqual(["COSMOS_ENDPOINT", "PHONE_NUMBER", "SIGNALR_ENDPOINT"]);
});

test("a forgotten link does not compile, and does not evaluate either", () => {
  // @ts-expect-error Property '"no link or value provides"' is missing … "SIGNALR_ENDPOINT"
  const forgotten = () => wire({ schema, links: [cosmos], settings: { PHONE_NUMBER: "+33199002737" } });
  expect(forgotten).toThrow("no link or value provides SIGNALR_ENDPOINT");
});

test("a forgotten value does not compile, and does not evaluate either", () => {
  // @ts-expect-error Property '"no link or value provides"' is missing … "PHONE_NUMBER"
  const forgotten = () => wire({ schema, links: [cosmos, signalR], settings: {} });
  expect(forgotten).toThrow("no link or value provides PHONE_NUMBER");
});

test("a misspelt value does not compile, and does not evaluate either", () => {
  const misspelt = () =>
    // @ts-expect-error Type 'string' is not assignable to type 'never'
    wire({ schema, links: [cosmos, signalR], settings: { PHONE_NUMBER: "+33199002737", PHONE_NUMER: "+33199002737" } });
  expect(misspelt).toThrow("provides PHONE_NUMER, which runtime/settings.ts does not know");
});
