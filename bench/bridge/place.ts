/** The bridge's own bundle as a process, with stand-ins for all it works with except phone and model, which this benchmark is. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleApps } from "../../components/bundle.ts";
import { nodeOptions } from "../../components/start-command.ts";
import { createAppConfiguration } from "../../laptop/app-configuration/app-configuration.ts";
import { createCallAutomationAuthority } from "../../laptop/communication/authority.ts";
import { createCosmos } from "../../laptop/cosmos/cosmos.ts";
import { freePort } from "../../laptop/free-port.ts";
import { createRedis } from "../../laptop/redis/redis.ts";
import { agentSchema } from "../../runtime/agent.ts";
import { digest } from "../../runtime/calls/addresses.ts";
import { callStore } from "../../runtime/calls/store.ts";
import { defaultChatOptions } from "../../runtime/chat-options.ts";
import { openDocuments } from "../../runtime/services/cosmos.ts";
import { cosmosContainers } from "../../runtime/settings.ts";
import { openWorld } from "../../tests/support/stand-in.ts";
import type { PhoneAddress } from "./phones.ts";

const scope = "/subscriptions/bench";
const resourceId = randomUUID();
const agent = agentSchema.parse({ bot_company: "Contoso", bot_name: "Amelia", voice_engines: ["realtime"] });

export interface Place {
  readonly bridge: ChildProcess;
  /** A record and an address for each of so many calls. */
  phones(count: number): Promise<PhoneAddress[]>;
  close(): Promise<void>;
}

/** Starts the bridge with its model at `modelPort`. Rejects with the end of what it printed when it does not become ready. */
export async function openPlace(modelPort: number, calls: number): Promise<Place> {
  const world = await openWorld();
  const identity = world.identity();
  const authority = await createCallAutomationAuthority({ clock: world.clock, folder: join(world.home, "authority") });
  authority.setIssuer((await world.start(authority.service)).url);
  const cosmos = createCosmos({
    access: world.directory,
    accountId: `${scope}/cosmos`,
    clock: world.clock,
    folder: join(world.home, "cosmos"),
  });
  cosmos.createDatabase("bench");
  for (const [name, { partitionKey }] of Object.entries(cosmosContainers))
    cosmos.createContainer("bench", { name, partitionKeyPaths: [partitionKey], defaultTtlSeconds: -1 });
  const flags = createAppConfiguration({
    access: world.directory,
    storeId: `${scope}/flags`,
    clock: world.clock,
    folder: join(world.home, "flags"),
  });
  const redis = await createRedis({ access: world.directory, clusterId: `${scope}/redis` });
  const { host: redisHost, close: closeRedis } = await redis.listen(world.certificate);
  for (const [role, of] of [
    ["Cosmos DB Built-in Data Contributor", `${scope}/cosmos`],
    ["App Configuration Data Reader", `${scope}/flags`],
    ["Redis Data Owner", `${scope}/redis/databases/default`],
  ] as const)
    world.grant({ objectId: identity.objectId, role, scope: of });

  const [bundle] = await bundleApps([{ entry: "runtime/bridge.ts", out: join(world.home, "bundle") }]);
  if (!bundle) throw new Error("The bridge could not be bundled.");
  const port = await freePort();
  const cosmosUrl = (await world.start(cosmos)).url;
  const model = `http://127.0.0.1:${modelPort}`;
  const nowhere = "https://localhost:9";
  const settings: Record<string, string> = {
    AZURE_CLIENT_ID: identity.clientId,
    AZURE_TENANT_ID: world.directory.tenantId,
    ...world.directory.machine([identity.clientId]),
    OPENAI_ENDPOINT: model,
    OPENAI_REALTIME_CHEAP: "cheap",
    OPENAI_REALTIME_STRONG: "strong",
    OPENAI_CHAT_FAST: "fast",
    OPENAI_CHAT_STRONG: "slow",
    OPENAI_EMBEDDING: "embedding",
    OPENAI_TRANSCRIPTION: "transcription",
    COSMOS_ENDPOINT: cosmosUrl,
    COSMOS_DATABASE: "bench",
    REDIS_HOST: redisHost,
    REDIS_USERNAME: identity.objectId,
    APP_CONFIGURATION_ENDPOINT: (await world.start(flags)).url,
    CALL_AUTOMATION_AUTHORITY: authority.issuer,
    COMMUNICATION_RESOURCE_ID: resourceId,
    COMMUNICATION_ENDPOINT: nowhere,
    QUEUE_ENDPOINT: `${nowhere}/account`,
    CALLS_QUEUE: "calls",
    SMS_QUEUE: "sms",
    AFTER_CALL_QUEUE: "after-call",
    WEBHOOKS_QUEUE: "webhooks",
    WEBHOOK_PRIVATE_HOSTS: "",
    BLOB_ENDPOINT: nowhere,
    RECORDINGS_CONTAINER: "recordings",
    SEARCH_ENDPOINT: nowhere,
    SEARCH_INDEX: "bench",
    SPEECH_ENDPOINT: nowhere,
    SPEECH_RESOURCE_ID: scope,
    TRANSLATOR_ENDPOINT: nowhere,
    VOICE_LIVE_ENDPOINT: nowhere,
    KEY_VAULT_ENDPOINT: nowhere,
    PHONE_CARRIER: "acs",
    PHONE_NUMBER: "+33199002737",
    DIALLABLE_COUNTRIES: "FR",
    CALLS_PER_REPLICA: String(calls),
    STAFF_AUTHORITY: world.directory.issuer,
    STAFF_CLIENT_ID: randomUUID(),
    AGENT: JSON.stringify(agent),
    CHAT: JSON.stringify(defaultChatOptions),
    FUNCTIONS_URL: nowhere,
    BRIDGE_URL: `http://127.0.0.1:${port}`,
  };
  const bridge = spawn(process.execPath, [...nodeOptions, join(bundle.folder, bundle.files[0] ?? "")], {
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: world.authorityFile, PORT: String(port), ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: string[] = [];
  for (const stream of [bridge.stdout, bridge.stderr])
    stream?.on("data", (chunk: Buffer) => printed.splice(0, printed.length - 40, chunk.toString()));
  await ready(port, bridge, printed);

  const store = callStore(
    openDocuments({ COSMOS_ENDPOINT: cosmosUrl, COSMOS_DATABASE: "bench" }, identity.credential),
    () => new Date(),
  );
  return {
    bridge,
    async phones(count) {
      const phones: PhoneAddress[] = [];
      for (let call = 0; call < count; call++) {
        const callId = randomUUID();
        const nonce = randomUUID();
        await store.create({
          call_id: callId,
          created_at: new Date().toISOString(),
          direction: "inbound",
          phone_number: "+33612345678",
          initiate: agent,
          status: "ringing",
          claim: {},
          reminders: [],
          lang_short_code: "en-US",
          media_nonce_sha256: digest(nonce),
        });
        const token = await authority.sign({ audience: resourceId });
        phones.push({ call, url: `http://127.0.0.1:${port}/media/${callId}?nonce=${nonce}`, token });
      }
      return phones;
    },
    async close() {
      bridge.kill("SIGKILL");
      await closeRedis();
      await world.close();
    },
  };
}

async function ready(port: number, bridge: ChildProcess, printed: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (bridge.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Node prints the line that failed, which in a bundle may be all of it.
  const lines = printed
    .join("")
    .split("\n")
    .filter((line) => line.length < 500);
  throw new Error(`The bridge did not become ready. It printed:\n${lines.slice(-20).join("\n")}`);
}

/** Processor time used so far and memory held, from the operating system: Linux's /proc, elsewhere `ps`. */
export async function usageOf(pid: number): Promise<{ cpuMs: number; rssBytes: number }> {
  const pageBytes = 4_096;
  // Clock ticks: 100 a second on every Linux that Node runs on.
  const tickMs = 10;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat) {
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, rssBytes: Number(fields[21]) * pageBytes };
  }
  const ps = spawn("ps", ["-o", "time=,rss=", "-p", String(pid)], { stdio: ["ignore", "pipe", "inherit"] });
  const [time = "", rss = "0"] = (await new Response(ps.stdout as never).text()).trim().split(/\s+/);
  const seconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuMs: seconds * 1_000, rssBytes: Number(rss) * 1_024 };
}
