import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../../tests/support/stand-in.ts";
import { Home } from "../home.ts";
import { secretCommand } from "./command.ts";
import { createKeyVault } from "./key-vault.ts";

const vaultId = "/subscriptions/1/resourceGroups/contoso/providers/Microsoft.KeyVault/vaults/kv-contoso";

let world: World;
let endpoint: string;
beforeAll(async () => {
  world = await openWorld();
  const { directory, clock } = world;
  endpoint = (await world.start(createKeyVault({ access: directory, vaultId, authority: directory.origin, clock }))).url;
});
afterAll(() => world.close());

const command = (args: string[], value: string, deployer = world.identity()) =>
  secretCommand({
    home: new Home({ LAPTOP_HOME: world.home }),
    args,
    endpoint,
    directory: world.directory.origin,
    deployer,
    value: async () => value,
  });

async function kept(name: string): Promise<string | undefined> {
  const reader = world.identity();
  world.grant({ objectId: reader.objectId, role: "Key Vault Secrets User", scope: vaultId });
  const token = await reader.credential.getToken("https://vault.azure.net/.default");
  const answer = await fetch(`${endpoint}/secrets/${name}?api-version=7.4`, {
    headers: { authorization: `Bearer ${token?.token}` },
  });
  return ((await answer.json()) as { value?: string }).value;
}

describe("a person at the laptop", () => {
  test("puts a secret into the vault, without the line's end", async () => {
    const deployer = world.identity();
    world.grant({ objectId: deployer.objectId, role: "Key Vault Secrets Officer", scope: vaultId });
    expect(await command(["set", "twilio-auth-token"], "s3cret\n", deployer)).toContain('"twilio-auth-token" is set');
    expect(await kept("twilio-auth-token")).toBe("s3cret");
  });

  test("without the role is refused, and nothing is set", async () => {
    await expect(command(["set", "webhook-signing-secret"], "s3cret")).rejects.toThrow("Key Vault Secrets Officer");
    expect(await kept("webhook-signing-secret")).toBeUndefined();
  });

  test.each([
    [["get", "a"], "s3cret", '"secret get a" is not a command here'],
    [["set"], "s3cret", '"secret set" is not a command here'],
    [["set", "a", "s3cret"], "", "is not a command here"],
    [["set", "a_b"], "s3cret", '"a_b" cannot name a secret'],
    [["set", "a"], "\n", "Standard input was empty"],
  ])("is told what is wrong with %j", async (args, value, fault) => {
    await expect(command(args, value)).rejects.toThrow(fault);
  });
});
