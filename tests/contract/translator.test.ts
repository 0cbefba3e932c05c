/** The Translator client against the laptop's, or a real one: CONTRACT_TRANSLATOR_ENDPOINT, with "Cognitive Services User" for DefaultAzureCredential. */

import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import createTranslationClient, { isUnexpected, type TextTranslationClient } from "@azure-rest/ai-translation-text";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTranslator } from "../../laptop/translator/translator.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_TRANSLATOR_ENDPOINT;
const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/words";

let world: World;
let endpoint: string;
let credential: TokenCredential;
let client: TextTranslationClient;

beforeAll(async () => {
  if (real) {
    endpoint = real;
    credential = new DefaultAzureCredential();
  } else {
    world = await openWorld();
    endpoint = (await world.start(createTranslator({ access: world.directory, accountId }))).url;
    const identity = world.identity();
    world.grant({ objectId: identity.objectId, role: "Cognitive Services User", scope: accountId });
    credential = identity.credential;
  }
  client = createTranslationClient(endpoint, credential);
});
afterAll(() => world?.close());

async function translate(text: string, languages: readonly string[], from?: string) {
  const inputs = [{ text, targets: languages.map((language) => ({ language })), ...(from ? { language: from } : {}) }];
  const response = await client.path("/translate").post({ body: { inputs } });
  if (isUnexpected(response)) throw new Error(`${response.status} ${response.body.error.code}`);
  return response.body.value[0];
}

async function translate3(credential: TokenCredential, query: string, body: unknown) {
  const token = await credential.getToken("https://cognitiveservices.azure.com/.default");
  const response = await fetch(`${endpoint}/translate?${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token?.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test("a phone phrase is said in several languages at once, and its own is recognised", async () => {
  expect(await translate("Are you still there?", ["fr", "de"])).toMatchObject({
    detectedLanguage: { language: "en" },
    translations: [
      { language: "fr", text: expect.stringMatching(/là/) },
      { language: "de", text: "Sind Sie noch da?" },
    ],
  });
});

test("a stated language is not detected again", async () => {
  const result = await translate("Sind Sie noch da?", ["en"], "de");
  expect(result?.detectedLanguage).toBeUndefined();
  expect(result?.translations[0]?.text).toMatch(/still there/);
});

test("version 3.0 takes and gives its own shapes", async () => {
  const { status, body } = await translate3(credential, "api-version=3.0&to=zh-Hans&to=es", [{ Text: "Are you still there?" }]);
  expect(status).toBe(200);
  expect(body).toMatchObject([{ detectedLanguage: { language: "en" }, translations: [{ to: "zh-Hans" }, { to: "es" }] }]);
});

test("a version, a target or a body it does not know is refused", async () => {
  expect((await translate3(credential, "api-version=1.0&to=fr", [{ Text: "a" }])).status).toBe(400);
  expect((await translate3(credential, "to=fr", [{ Text: "a" }])).status).toBe(400);
  expect(await translate3(credential, "api-version=3.0&to=nowhere!", [{ Text: "a" }])).toMatchObject({
    status: 400,
    body: { error: {} },
  });
  expect((await translate3(credential, "api-version=3.0&to=fr", { Text: "a" })).status).toBe(400);
  expect((await translate3(credential, "api-version=3.0&to=fr&textType=pdf", [{ Text: "a" }])).status).toBe(400);
});

describe.skipIf(real)(
  "what only the laptop's can show (skipped: a real service is under test, these need other identities)",
  () => {
    test("text off the list comes back unchanged: nothing here translates", async () => {
      expect(await translate("My policy number is B12345.", ["fr"])).toMatchObject({
        detectedLanguage: { score: 0 },
        translations: [{ language: "fr", text: "My policy number is B12345." }],
      });
    });

    test("a language beyond the five is refused as one that the service does not know", async () => {
      expect(await translate3(credential, "api-version=3.0&to=it", [{ Text: "a" }])).toMatchObject({
        status: 400,
        body: { error: { code: "400036", message: expect.stringContaining("en, fr, es, de, zh-Hans") } },
      });
    });

    test("a caller without the role, or with a token for something else, is turned away", async () => {
      const stranger = world.identity();
      const refused = await translate3(stranger.credential, "api-version=3.0&to=fr", [{ Text: "a" }]);
      expect(refused).toMatchObject({ status: 403, body: { error: { code: "PermissionDenied" } } });
      const token = await world.directory.token({ objectId: stranger.objectId, audience: "https://storage.azure.com" });
      const elsewhere = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() }) };
      expect((await translate3(elsewhere, "api-version=3.0&to=fr", [{ Text: "a" }])).status).toBe(401);
      const keyed = await fetch(`${endpoint}/translate?api-version=3.0&to=fr`, {
        method: "POST",
        headers: { "ocp-apim-subscription-key": "key" },
      });
      expect(keyed.status).toBe(401);
    });
  },
);
