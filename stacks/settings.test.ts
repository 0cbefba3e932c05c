import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { defaultChatOptions } from "../runtime/chat-options.ts";
import { tiers } from "./defaults.ts";
import { models } from "./models.ts";
import { settingsSchema } from "./schema.ts";
import { ownCustomer, parseSettings, readStackSettings, SettingsError } from "./settings.ts";
import { readStackFile } from "./stack-file.ts";

const today = new Date("2026-11-22T00:00:00Z");
const line = { number: "+33199002737", countries: ["FR"] };
const parse = (raw: Record<string, unknown>, stack = "dev") => parseSettings({ phone: line, ...raw }, { stack, today });
const refusal = (raw: Record<string, unknown>, stack = "dev"): string => {
  try {
    parse(raw, stack);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "accepted";
};

/** Names that settings have at some depth. */
const names = [
  "name",
  "version",
  "number",
  "countries",
  "sku",
  "mode",
  "amount",
  "startDate",
  "realtimeCheap",
  "phone",
  "agent",
  "flags",
  "chat",
  "dial",
  "router",
  "host",
  "minReplicas",
];

describe("the committed stacks", () => {
  const root = join(import.meta.dirname, "..");
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(\w+)\.yaml$/.exec(file)?.slice(1) ?? []);

  test("are dev, laptop and prod", () => {
    expect(stacks.sort()).toEqual(["dev", "laptop", "prod"]);
  });

  test.each(stacks)("%s is read without a fault or a warning", async (stack) => {
    const raw = await readStackFile(join(root, `Pulumi.${stack}.yaml`));
    const { settings, warnings } = parseSettings(raw, { stack, today });
    expect(warnings).toEqual([]);
    expect(settings.tier).toBe(stack);
  });
});

describe("tiers", () => {
  test.each(tiers)("%s is whole by its defaults, a phone number apart", (tier) => {
    expect(parse({ tier }, "mine").settings).toMatchObject({ tier, environment: "mine", phone: line });
  });

  test("dev is free or serverless", () => {
    const { settings } = parse({});
    expect(settings).toMatchObject({ signalRSku: "Free_F1", search: { sku: "free" }, cosmos: { mode: "serverless" } });
    expect(settings.protectData).toBe(false);
  });

  test("prod survives the loss of a zone", () => {
    const { settings } = parse({}, "prod");
    expect(settings).toMatchObject({
      signalRSku: "Premium_P1",
      functions: { zoneRedundant: true },
      bridge: { zoneRedundant: true },
      cosmos: { zones: true },
      redis: { highAvailability: true },
      storage: { redundancy: "Standard_ZRS" },
      privateNetwork: true,
      protectData: true,
    });
  });

  test("a stack named otherwise takes the tier it says", () => {
    expect(parse({ tier: "test" }, "nightly").settings).toMatchObject({ environment: "nightly", signalRSku: "Standard_S1" });
    expect(refusal({}, "nightly")).toContain("tier is missing: the environment's name is none of laptop, dev, test, prod");
  });
});

describe("R1: models", () => {
  test("the realtime pair is 2.1 unless a stack says otherwise", () => {
    expect(parse({}).settings.models).toMatchObject({
      realtimeCheap: { name: "gpt-realtime-2.1-mini", version: "2026-07-07", sku: "GlobalStandard", capacity: 10 },
      realtimeStrong: { name: "gpt-realtime-2.1", version: "2026-07-07", sku: "GlobalStandard", capacity: 10 },
    });
  });

  test("a model without a version takes the newest known one", () => {
    expect(parse({ models: { chatFast: { name: "gpt-5-mini" } } }).settings.models.chatFast.version).toBe("2025-08-07");
  });

  test("modelCapacity is the capacity of each deployment that says none", () => {
    const { models } = parse({ modelCapacity: 40, models: { embedding: { capacity: 5 } } }).settings;
    expect(models.chatStrong.capacity).toBe(40);
    expect(models.embedding.capacity).toBe(5);
  });

  test("a retired model is refused with its successor", () => {
    expect(refusal({ models: { realtimeCheap: { name: "gpt-realtime-mini", version: "2025-10-06" } } })).toContain(
      "was retired by Azure on 2026-07-23; use its successor gpt-realtime-2.1-mini 2026-07-07",
    );
  });

  test("a model is warned about for 90 days, and refused from the day it retires", () => {
    const raw = { phone: line, models: { realtimeStrong: { name: "gpt-realtime", version: "2025-08-28" } } };
    const on = (day: string) => parseSettings(raw, { stack: "dev", today: new Date(day) });
    expect(on("2026-11-29").warnings).toEqual([]);
    expect(on("2026-11-30").warnings).toEqual([expect.stringContaining("will be retired by Azure on 2027-02-28, in 90 days")]);
    expect(() => on("2027-02-28")).toThrow("was retired by Azure on 2027-02-28");
  });

  test("a region without the model is refused with those that have it", () => {
    expect(refusal({ location: "westeurope" })).toContain(
      "does not offer gpt-realtime-2.1 2026-07-07, which models.realtimeStrong names; choose a region that does: canadacentral,",
    );
  });

  test("a model the table does not know is let through with its version, and a warning", () => {
    const { settings, warnings } = parse({ models: { chatStrong: { name: "gpt-5.6-terra", version: "2026-07-09" } } });
    expect(settings.models.chatStrong.name).toBe("gpt-5.6-terra");
    expect(warnings).toEqual([expect.stringContaining("neither its region nor its retirement was checked")]);
  });

  test("a successor is a model in use, of the same kind", () => {
    for (const { kind, successor } of models) {
      const named = models.findLast(({ name }) => name === successor);
      expect(named).toMatchObject({ kind });
      expect(Date.parse(named!.retires)).toBeGreaterThan(today.getTime());
    }
  });
});

describe("customers", () => {
  const customer = { name: "fabrikam", phone: { number: "+33199002741" } };

  test("start from the stack's own agent, countries, flags and retention", () => {
    const raw = {
      agent: { bot_name: "Robin" },
      flags: { recording_enabled: true },
      customers: [{ ...customer, retention: { callsDays: 9 } }],
    };
    expect(parse(raw).settings.customers).toEqual([
      expect.objectContaining({
        name: "fabrikam",
        isolation: "shared",
        agent: expect.objectContaining({ bot_name: "Robin" }),
        phone: { number: "+33199002741", carrier: "acs", countries: ["FR"], dialledPerHour: 60, dataLocation: "Europe" },
        flags: expect.objectContaining({ recording_enabled: true }),
        retention: { recordingsDays: 7, callsDays: 9, logsDays: 30 },
      }),
    ]);
  });

  test("never inherit the stack's number", () => {
    expect(refusal({ customers: [{ name: "fabrikam" }] })).toContain("customers[0].phone.number is missing");
  });

  test("the stack's own customer is made of the stack's own settings", () => {
    const { settings } = parse({});
    expect(ownCustomer(settings)).toMatchObject({ name: "main", isolation: "shared", phone: settings.phone });
  });
});

describe("lines", () => {
  const account = "AC0123456789abcdef0123456789abcdef";
  const human = { agent_phone_number: "+33199002740" };

  test("are carried by Communication Services unless a stack or a customer says otherwise", () => {
    const customers = [{ name: "fabrikam", phone: { number: "+33199002741", carrier: "sip" } }];
    const { phone, customers: stamped } = parse({ customers }).settings;
    expect([phone.carrier, stamped[0]?.phone.carrier]).toEqual(["acs", "sip"]);
  });

  test("at Twilio and by SIP are warned that nobody is briefed before a call is handed over", () => {
    const warned = (carrier: string, agent: object) =>
      parse({ phone: { ...line, carrier, twilioAccount: account }, agent }).warnings.filter((one) =>
        one.startsWith("agent.transfer"),
      );
    expect(["twilio", "sip"].map((carrier) => warned(carrier, human))).toEqual([
      [expect.stringContaining("with phone.carrier twilio nobody can be briefed")],
      [expect.stringContaining("with phone.carrier sip nobody can be briefed")],
    ]);
    expect([warned("acs", human), warned("sip", {}), warned("sip", { ...human, transfer: "cold" })]).toEqual([[], [], []]);
  });

  test("of customers who start from a fault of the stack's repeat it no more than once", () => {
    const customers = ["fabrikam", "contoso"].map((name, index) => ({ name, phone: { number: `+3319900274${index}` } }));
    expect(refusal({ agent: { lang: { default_short_code: "pt-BR" } }, customers }).split("\n")).toHaveLength(2);
  });

  test("may send what they hear to a private host that is listed, by its port", () => {
    const agent = { webhook_url: "https://crm.intranet:8443/calls" };
    expect(refusal({ agent, webhooks: { privateHosts: ["crm.intranet:8443"] } })).toBe("accepted");
    expect(refusal({ agent, webhooks: { privateHosts: ["crm.intranet"] } })).toContain('list "crm.intranet:8443"');
  });
});

describe("chat", () => {
  const customer = { name: "fabrikam", phone: { number: "+33199002741" } };

  test("stands as the runtime's own defaults have it, for less money where nobody pays for it", () => {
    expect(parse({}, "prod").settings.chat).toEqual(defaultChatOptions);
    expect(parse({}).settings.chat).toEqual({
      ...defaultChatOptions,
      session_budget_usd: 1,
      daily_budget_usd: 5,
      visitors_budget_usd: 5,
    });
  });

  test("a customer says what differs from the stack's, and a dial is one promise wherever it is said", () => {
    const chat = { dial: { spend_at_most: 0.5 }, dial_free: false };
    const other = { name: "contoso", phone: { number: "+33199002742" }, chat: { dial: { keep_at_least: 0.9 } } };
    const { settings } = parse({ chat, customers: [customer, other] });
    expect(settings.chat.dial).toEqual({ spend_at_most: 0.5 });
    expect(settings.customers.map((each) => each.chat)).toEqual([
      settings.chat,
      { ...settings.chat, dial: { keep_at_least: 0.9 } },
    ]);
  });

  test("visitors are warned of where SignalR is free, except on a laptop, and where they could open sessions themselves", () => {
    const warned = (chat: object, more: object = {}) => parse({ chat, ...more }).warnings.map((one) => one.split(":")[0]);
    expect(warned({ visitors: true })).toEqual(["chat.visitors true"]);
    expect(warned({ visitors: true }, { signalRSku: "Standard_S1" })).toEqual([]);
    expect(warned({ visitors: true }, { tier: "laptop" })).toEqual([]);
    expect(warned({ visitors: true, ephemeral_secrets: true }, { tier: "laptop" })).toEqual(["chat.ephemeral_secrets true"]);
    expect(warned({}, { customers: [{ ...customer, chat: { visitors: true } }] })).toEqual(["customers[0].chat.visitors true"]);
  });

  test("has no model-router unless one is asked for, and then the newest", () => {
    expect(parse({}).settings.models).not.toHaveProperty("router");
    expect(parse({ models: { router: {} } }).settings.models.router).toEqual({
      name: "model-router",
      version: "2025-11-18",
      sku: "GlobalStandard",
      capacity: 10,
    });
    expect(parse({}, "laptop").settings.models).toHaveProperty("router");
  });
});

describe("faults", () => {
  test("all are listed at once", () => {
    const message = refusal({ signalrSku: "Free_F1", modelCapacity: 0, cosmos: { mode: "serverles" }, budget: { amount: 10 } });
    expect(message.split("\n")[0]).toBe("Pulumi.dev.yaml has 5 faults. Nothing was deployed.");
    expect(message).toContain('signalrSku "Free_F1": there is no such setting; did you mean "signalRSku"?');
    expect(message).toContain("modelCapacity 0: must be 1 or more (docs/settings.md#modelcapacity)");
    expect(message).toContain('cosmos.mode "serverles": allowed: serverless, autoscale; did you mean "serverless"?');
    expect(message).toContain(
      'budget.startDate is missing: a budget starts on the first day of a month, this one or later; set "2026-11-01"',
    );
    expect(message).toContain("alerts.email is missing");
  });

  test("a fault in one setting does not hide what another means", () => {
    const message = refusal({ privateNetwork: true, search: { sku: "huge" } });
    expect(message).toContain('search.sku "huge": allowed: free, basic, standard');
    const both = refusal({ search: { sku: "huge" }, bridge: { minReplicas: 9 } });
    expect(both).toContain("bridge.minReplicas 9: is more than bridge.maxReplicas 1");
  });

  test("a wrong value that customers start from is said once, where it was said", () => {
    const customers = [{ name: "fabrikam", phone: { number: "+33199002741" } }];
    const message = refusal({ modelCapacity: 0, phone: { ...line, countries: ["FR", "Atlantis"] }, customers });
    expect(message.split("\n").slice(1)).toEqual([
      expect.stringContaining("modelCapacity 0"),
      expect.stringContaining('phone.countries[1] "Atlantis"'),
    ]);
  });

  test("a table where a model's name belongs is a fault, even one that cannot be read as text", () => {
    const said = refusal({ models: { chatFast: { name: { toString: "gpt-5.5" } } } });
    expect(said).toContain("models.chatFast.name");
    expect(said).toContain("Nothing was deployed.");
  });

  test("whatever a file says is accepted or refused with its faults, never a crash", () => {
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, true, 0, -1, 1e9, "", "prod", "free", "gpt-realtime", "+33199002737", "FR", "http"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(settingsSchema.shape)), value), (raw) => {
        expect(refusal({ ...raw })).toMatch(
          /^(accepted$|Pulumi\.dev\.yaml has (one fault|\d+ faults)\. Nothing was deployed\.\n {2}\S)/,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("the stack that is being deployed", () => {
  afterEach(() => pulumi.runtime.setAllConfig({}));

  test("is read from Pulumi's configuration, which holds text", async () => {
    await pulumi.runtime.setMocks(
      { newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) },
      "switchboard",
      "nightly",
      false,
    );
    pulumi.runtime.setAllConfig({
      "switchboard:tier": "dev",
      "switchboard:openAICustomDomain": "007",
      "switchboard:modelCapacity": "12",
      "switchboard:enableAppInsights": "false",
      "switchboard:phone": JSON.stringify(line),
      "azure-native:location": "westeurope",
    });
    expect(readStackSettings(today)).toMatchObject({ openAICustomDomain: "007", modelCapacity: 12, enableAppInsights: false });
  });

  test("is refused for a name the schema does not know", async () => {
    await pulumi.runtime.setMocks(
      { newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) },
      "switchboard",
      "dev",
      false,
    );
    pulumi.runtime.setAllConfig({ "switchboard:locaton": "swedencentral", "switchboard:phone": JSON.stringify(line) });
    expect(() => readStackSettings(today)).toThrow('there is no such setting; did you mean "location"?');
  });
});
