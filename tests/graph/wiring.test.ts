import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { appSettings } from "../../components/app-settings.ts";
import type { Covering, Link } from "../../components/link.ts";
import { functionsSettings } from "../../runtime/settings.ts";
import { appsOf } from "./apps.ts";
import { evaluate, type Graph, type Resource } from "./graph.ts";
import { at } from "./listing.ts";
import { settingsOf, stackNames } from "./stacks.ts";
import { checks } from "./wiring.ts";

describe.each(stackNames)("in the graph of %s", (stack) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await evaluate(stack, await settingsOf(stack));
  });

  test("there is a bridge and a functions app for each customer", () => {
    const customers = graph.resources.filter(({ type }) => type === "switchboard:stacks:Customer").map(({ name }) => name);
    const apps = appsOf(graph).map(({ name }) => name);
    expect(apps.sort()).toEqual(customers.flatMap((customer) => [`${customer}-bridge`, `${customer}-functions`]).sort());
  });

  test("functions that wait for calls are functions of the app", async () => {
    const source = await readFile("runtime/functions.ts", "utf8");
    const hosts = graph.resources.filter(({ inputs }) => inputs.functionAppConfig);
    const waiting = hosts.flatMap(
      ({ inputs }) => at(inputs, "functionAppConfig.scaleAndConcurrency.alwaysReady") as { name: string }[],
    );
    const names = waiting.filter(({ name }) => name !== "http").map(({ name }) => name.replace("function:", ""));
    expect(names.filter((name) => !source.includes(`("${name}"`))).toEqual([]);
  });

  test.each(checks)("$title", ({ faults }) => {
    expect(faults(graph)).toEqual([]);
  });
});

describe("a functions app that is told nothing of the chat", () => {
  type Settings = z.input<typeof functionsSettings>;
  type OfChat = "CHAT" | "SIGNALR_PRINCIPAL_ID" | "VISITOR_KEY";

  test("does not compile, and the compiler names what is missing; the model-router alone may be", () => {
    type Wired = Covering<
      typeof functionsSettings,
      readonly Link<Exclude<keyof Settings, OfChat | "OPENAI_CHAT_ROUTER">>[],
      object
    >;
    expectTypeOf<Wired>().toEqualTypeOf<{ readonly "no link or value provides": OfChat }>();
  });

  test("is not made, and the refusal names what is missing", async () => {
    const [app] = appsOf(await evaluate("dev", await settingsOf("dev"))).filter(({ kind }) => kind === "functions");
    const ofChat = ["CHAT", "SIGNALR_PRINCIPAL_ID", "VISITOR_KEY"];
    const known = Object.entries(app!.settings).filter(([name]) => name in functionsSettings.shape && !ofChat.includes(name));
    expect(() => appSettings("main-functions", functionsSettings, [], Object.fromEntries(known))).toThrow(
      `The settings of "main-functions" are not what its code demands: ${ofChat.map((name) => `no link or value provides ${name}`).join("; ")}.`,
    );
  });
});

/** One thing broken in the real graph, and the check that must say so. */
interface Mutation {
  readonly what: string;
  readonly caughtBy: string;
  /** The resource's name. */
  readonly of: string;
  /** What the resource becomes; nothing when it is gone. */
  readonly become: (resource: Resource) => Resource | undefined;
}

const titled = (part: string) => checks.find(({ title }) => title.includes(part))!.title;

/** The resource with every occurrence of one text in its inputs replaced by another. */
const reading = (text: string, instead: string) => (resource: Resource) => {
  const inputs = JSON.stringify(resource.inputs);
  if (!inputs.includes(text)) throw new Error(`${resource.name} does not say ${text}`);
  return { ...resource, inputs: JSON.parse(inputs.replaceAll(text, instead)) };
};
const gone = () => undefined;

const contributor = "00000000-0000-0000-0000-000000000002";
const reader = "00000000-0000-0000-0000-000000000001";
const openAIUser = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";
const openAIContributor = "a001fd3d-188f-4b5d-821b-7da978bf7442";
const assignment = "main-bridge-open-ai-cognitive-services-openai-user";

const mutations: readonly Mutation[] = [
  { what: "a role removed", caughtBy: titled("may do what"), of: assignment, become: gone },
  {
    what: "a role narrowed to reading",
    caughtBy: titled("may do what"),
    of: "main-bridge-cosmos-cosmos-db-built-in-data-contributor",
    become: reading(contributor, reader),
  },
  {
    what: "events of another service",
    caughtBy: titled("events of the service"),
    of: "environment-events",
    become: ({ inputs, ...topic }) => ({ ...topic, inputs: { ...inputs, source: "/subscriptions/another" } }),
  },
  {
    what: "a vault that may not be read",
    caughtBy: titled("may do what"),
    of: "main-bridge-vault-key-vault-secrets-user",
    become: gone,
  },
  {
    what: "a vault that may be written",
    caughtBy: titled("may do nothing"),
    of: "main-bridge-vault-key-vault-secrets-user",
    become: reading("4633458b-17de-408a-b874-0445c86b69e6", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"),
  },
  {
    what: "Communication Services told of no speech",
    caughtBy: titled("speaks"),
    of: "environment-communication-speech-cognitive-services-user",
    become: gone,
  },
  {
    what: "a carrier's settings missing",
    caughtBy: titled("told everything"),
    of: "main-functions",
    become: reading("COMMUNICATION_RESOURCE_ID", "COMMUNICATION_RESOURCE"),
  },
  { what: "a role widened", caughtBy: titled("may do nothing"), of: assignment, become: reading(openAIUser, openAIContributor) },
  {
    what: "a setting misspelt",
    caughtBy: titled("told everything"),
    of: "main-functions",
    become: reading("SIGNALR_ENDPOINT", "SIGNALR_ENDPIONT"),
  },
  {
    what: "a setting of the wrong form",
    caughtBy: titled("told everything"),
    of: "main-bridge",
    become: reading("+33199002738", "0199002738"),
  },
  {
    what: "a queue renamed where it is made",
    caughtBy: titled("every queue"),
    of: "main-storage-after-call",
    become: reading('"after-call"', '"aftercall"'),
  },
  {
    what: "a queue renamed where calls are delivered",
    caughtBy: titled("calls and messages"),
    of: "main-number-calls",
    become: reading('"calls"', '"ringing"'),
  },
  {
    what: "another number subscribed to",
    caughtBy: titled("calls and messages"),
    of: "main-number-sms",
    become: reading("+33199002738", "+33199002799"),
  },
  { what: "a container missing", caughtBy: titled("containers"), of: "main-database-callers", become: gone },
  {
    what: "a container partitioned otherwise",
    caughtBy: titled("containers"),
    of: "main-database-chats",
    become: reading("/sessionId", "/userId"),
  },
  {
    what: "a deployment renamed",
    caughtBy: titled("every model"),
    of: "environment-open-ai-chat-fast",
    become: reading("chat-fast", "chat-quick"),
  },
  {
    what: "a setting of the chat missing",
    caughtBy: titled("told everything"),
    of: "main-bridge",
    become: reading('"CHAT"', '"CHATS"'),
  },
  ...["SIGNALR_PRINCIPAL_ID", "VISITOR_KEY"].map((setting) => ({
    what: `${setting} missing`,
    caughtBy: titled("told everything"),
    of: "main-functions",
    become: reading(`"${setting}"`, `"${setting}S"`),
  })),
  {
    what: "a dial that stands on nothing",
    caughtBy: titled("the same of the chat"),
    of: "main-functions",
    become: reading("keep_at_least", "keep_at_most"),
  },
  {
    what: "events sent to another app",
    caughtBy: titled("reports a customer's hub"),
    of: "environment-signal-r",
    become: reading("/api/signalr/", "/api/other/"),
  },
  {
    what: "events of another hub",
    caughtBy: titled("reports a customer's hub"),
    of: "environment-signal-r",
    become: reading("chathub_main", "chathub_contoso"),
  },
  {
    what: "a token for another app",
    caughtBy: titled("reports a customer's hub"),
    of: "environment-signal-r",
    become: ({ inputs, ...service }) => ({
      ...service,
      inputs: JSON.parse(JSON.stringify(inputs).replace(/"resource":"[^"]+"/, '"resource":"another"')),
    }),
  },
  {
    what: "events by another identity",
    caughtBy: titled("reports a customer's hub"),
    of: "environment-signal-r",
    become: (service) => ({ ...service, outputs: { ...service.outputs, identity: { principalId: "another" } } }),
  },
  {
    what: "pages of another origin let in",
    caughtBy: titled("browsers reach SignalR"),
    of: "environment-signal-r",
    become: reading('"allowedOrigins":[', '"allowedOrigins":["https://other.example",'),
  },
  { what: "SignalR without a role in the directory", caughtBy: titled("gives tokens"), of: "main-staff-signal-r", become: gone },
  { what: "an app without a role in the directory", caughtBy: titled("gives tokens"), of: "main-staff-app", become: gone },
  { what: "a key missing", caughtBy: titled("signs visitors"), of: "main-vault-visitors", become: gone },
  {
    what: "a key on another curve",
    caughtBy: titled("signs visitors"),
    of: "main-vault-visitors",
    become: reading("P-256", "P-384"),
  },
  {
    what: "a key that may not be used",
    caughtBy: titled("may do what"),
    of: "main-functions-visitor-key-key-vault-crypto-user",
    become: gone,
  },
  {
    what: "a deployment unchained",
    caughtBy: titled("one after another"),
    of: "environment-open-ai-chat-strong",
    become: (resource) => ({ ...resource, dependencies: [] }),
  },
  {
    what: "an app that starts at once",
    caughtBy: titled("starts when"),
    of: "main-bridge",
    become: (resource) => ({ ...resource, dependencies: [] }),
  },
];

describe("in the graph of dev, broken", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await evaluate("dev", await settingsOf("dev"));
  });

  test.each(mutations)("$what is caught", ({ of, become, caughtBy }) => {
    const target = graph.resources.findLast(({ name, custom }) => custom && name === of);
    expect(target, `the graph has a resource ${of}`).toBeDefined();
    const resources = graph.resources.flatMap((resource) => (resource === target ? (become(resource) ?? []) : resource));
    const caught = checks.filter(({ faults }) => faults({ ...graph, resources }).length > 0).map(({ title }) => title);
    expect(caught).toContain(caughtBy);
  });

  test("a role assigned twice is caught", () => {
    const again = graph.resources.find(({ name }) => name === assignment)!;
    const resources = [...graph.resources, { ...again, name: `${again.name}-again` }];
    expect(checks.filter(({ faults }) => faults({ ...graph, resources }).length > 0).map(({ title }) => title)).toEqual([
      titled("twice"),
    ]);
  });
});
