/** The phone's phrases through the official Translator client and the laptop's Translator. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTranslator } from "../../laptop/translator/translator.ts";
import { agentSchema } from "../../runtime/agent.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { openPhrases } from "../../runtime/services/phrase-library.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/words";
const forgetful = { get: async () => undefined, set: async () => undefined };
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test("a customer's phrase is said in the caller's language, its names where that language puts them; a language it lacks in English", async () => {
  const identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "Cognitive Services User", scope: accountId });
  const { url } = await world.start(createTranslator({ access: world.directory, accountId }));
  const phrasesOf = openPhrases({ TRANSLATOR_ENDPOINT: url }, identity.credential, forgetful);
  const own = agentSchema.parse({
    bot_company: "Contoso & Söhne",
    bot_name: "Amélie",
    phrases: {
      hello_tpl: ["Hello, I'm {bot_name} from {bot_company}. How can I help you?"],
      error_tpl: ["Say that <again> & again."],
    },
  });
  const chinese = await phrasesOf("zh-CN", own);
  expect(chinese.hello_tpl).toEqual(["您好，我是Contoso & Söhne的Amélie。请问有什么可以帮您？"]);
  expect(chinese.error_tpl).toEqual(["Say that <again> & again."]);
  expect(await phrasesOf("it-IT", own)).toEqual({ ...phrasesIn("en-US", own), error_tpl: own.phrases.error_tpl });
});
