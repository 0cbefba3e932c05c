import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../tests/support/stand-in.ts";
import { wallClock } from "../clock.ts";
import { Home } from "../home.ts";
import { createKeyVault } from "../key-vault/key-vault.ts";
import { createModel } from "../model/model.ts";
import { Exchange } from "../telephone/exchange.ts";
import { openVoice } from "../voice/voice.ts";
import { createOpenAI } from "./open-ai.ts";
import { sipCommand } from "./sip-command.ts";

const group = "/subscriptions/1/resourceGroups/contoso/providers";
const vaultId = `${group}/Microsoft.KeyVault/vaults/kv-contoso`;
const accountId = `${group}/Microsoft.CognitiveServices/accounts/openai`;
const line = "+33199002737";

let world: World;
let exchange: Exchange;
let outputs: Record<string, string>;
const told: Headers[] = [];

beforeAll(async () => {
  world = await openWorld();
  exchange = new Exchange({ clock: wallClock });
  const { directory, clock } = world;
  const openAI = createOpenAI({
    access: directory,
    accountId,
    clock,
    model: createModel(),
    voice: await openVoice(),
    random: Math.random,
    trunk: { exchange, numbers: [line] },
  });
  const app = await world.start({
    fetch(request) {
      told.push(request.headers);
      return new Response(null, { status: 200 });
    },
  });
  outputs = {
    openAIEndpoint: (await world.start(openAI)).url,
    functionAppUrl: app.url,
    keyVaultEndpoint: (await world.start(createKeyVault({ access: directory, vaultId, authority: directory.origin, clock }))).url,
  };
});
afterAll(() => world.close());

const command = (deployer: { objectId: string }, given: Record<string, string> = outputs) =>
  sipCommand({ home: new Home({ LAPTOP_HOME: world.home }), outputs: given, directory: world.directory.origin, deployer });

async function secret(objectId: string): Promise<string | undefined> {
  const token = await world.directory.credential(objectId).getToken("https://vault.azure.net/.default");
  const answer = await fetch(`${outputs.keyVaultEndpoint}/secrets/openai-webhook-secret?api-version=7.4`, {
    headers: { authorization: `Bearer ${token?.token}` },
  });
  return ((await answer.json()) as { value?: string }).value;
}

test("a person points the trunk at the service, and each call is told by one webhook, however often they do", async () => {
  const deployer = world.identity();
  world.grant({ objectId: deployer.objectId, role: "Key Vault Secrets Officer", scope: vaultId });
  world.grant({ objectId: deployer.objectId, role: "Cognitive Services OpenAI User", scope: accountId });
  await command(deployer);
  const first = await secret(deployer.objectId);
  expect(await command(deployer)).toContain("/sip/incoming");
  const second = await secret(deployer.objectId);
  expect(first).toMatch(/^whsec_/);
  expect(second).toMatch(/^whsec_/);
  expect(second).not.toBe(first);
  const seat = exchange.dial("+33612345678", line, { ended: () => undefined });
  await expect.poll(() => told.length).toBe(1);
  seat.leave();
  const registered = await fetch(`${outputs.openAIEndpoint}/openai/v1/dashboard/webhook_endpoints`, {
    headers: {
      authorization: `Bearer ${(await deployer.credential.getToken("https://cognitiveservices.azure.com/.default"))?.token}`,
    },
  });
  expect(((await registered.json()) as { data: unknown[] }).data).toHaveLength(1);
});

test("whoever may not is told which role is missing, and a stack without a vault what to do", async () => {
  await expect(command(world.identity())).rejects.toThrow("Cognitive Services OpenAI User");
  const { keyVaultEndpoint: _, ...rest } = outputs;
  await expect(command(world.identity(), rest)).rejects.toThrow("keyVaultEndpoint");
});
