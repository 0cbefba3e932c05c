/** The runtime's own clients against the laptop's stand-ins: the wiring between what the app asks and what the services take. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SearchClient, SearchIndexClient } from "@azure/search-documents";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueClient } from "@azure/storage-queue";
import { HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RTCPeerConnection } from "werift";
import { createAppConfiguration } from "../../laptop/app-configuration/app-configuration.ts";
import { createCosmos } from "../../laptop/cosmos/cosmos.ts";
import type { RoleName } from "../../laptop/identity/roles.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI } from "../../laptop/openai/open-ai.ts";
import { createRedis } from "../../laptop/redis/redis.ts";
import { createSearch } from "../../laptop/search/search.ts";
import { createSignalR } from "../../laptop/signalr/signalr.ts";
import { createStorage } from "../../laptop/storage/storage.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import { agentSchema } from "../../runtime/agent.ts";
import type { CallRecord } from "../../runtime/calls/call.ts";
import { openCallStore } from "../../runtime/calls/store.ts";
import { accountOf, enter, hold, readAccount, visitorsAccountOf } from "../../runtime/chat/account.ts";
import { keepTurn, keepUsage, openSession } from "../../runtime/chat/session.ts";
import { signInRoutes } from "../../runtime/http/sign-in.ts";
import { openId, staffVerifier } from "../../runtime/http/verify.ts";
import { openDocuments } from "../../runtime/services/cosmos.ts";
import { UnknownContinuation } from "../../runtime/services/documents.ts";
import { openFlags } from "../../runtime/services/flags.ts";
import { openModels } from "../../runtime/services/openai.ts";
import { openAfterCallQueue } from "../../runtime/services/queues.ts";
import { openRecordings } from "../../runtime/services/recordings.ts";
import { openCache } from "../../runtime/services/redis.ts";
import { openSearch } from "../../runtime/services/search.ts";
import { openSignalR } from "../../runtime/services/signalr.ts";
import { cosmosContainers } from "../../runtime/settings.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const resource = (type: string) => `/subscriptions/s/resourceGroups/g/providers/${type}/laptop`;
const quiet = { warn: () => undefined };
const now = () => new Date("2026-11-22T09:00:00Z");

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

function identity(role: RoleName, scope: string) {
  const made = world.identity();
  world.grant({ objectId: made.objectId, role, scope });
  return made;
}

async function database() {
  const accountId = resource("Microsoft.DocumentDB/databaseAccounts");
  const cosmos = createCosmos({ access: world.directory, accountId, clock: world.clock });
  cosmos.createDatabase("contoso");
  for (const [name, { partitionKey }] of Object.entries(cosmosContainers))
    cosmos.createContainer("contoso", { name, partitionKeyPaths: [partitionKey], defaultTtlSeconds: -1 });
  const { url } = await world.start(cosmos);
  return {
    settings: { COSMOS_ENDPOINT: url, COSMOS_DATABASE: "contoso" },
    credential: identity("Cosmos DB Built-in Data Contributor", accountId).credential,
  };
}

async function modelAccount() {
  const accountId = resource("Microsoft.CognitiveServices/accounts");
  const voice = await openVoice();
  const standIn = createOpenAI({
    access: world.directory,
    accountId,
    clock: world.clock,
    model: createModel(),
    voice,
    random: Math.random,
  });
  standIn.createDeployment({ name: "embedding", model: "text-embedding-3-large", version: "1", capacity: 100 });
  standIn.createDeployment({ name: "realtime-cheap", model: "gpt-realtime-2.1-mini", version: "2026-07-07", capacity: 100 });
  const { url } = await world.start(standIn);
  const settings = {
    OPENAI_ENDPOINT: url,
    OPENAI_CHAT_FAST: "fast",
    OPENAI_CHAT_STRONG: "strong",
    OPENAI_EMBEDDING: "embedding",
    OPENAI_TRANSCRIPTION: "transcription",
  };
  return { models: openModels(settings, identity("Cognitive Services OpenAI User", accountId).credential) };
}

const record = (more: Partial<CallRecord> = {}): CallRecord => ({
  call_id: randomUUID(),
  created_at: now().toISOString(),
  direction: "inbound",
  phone_number: "+33612345678",
  initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
  status: "created",
  claim: {},
  reminders: [],
  lang_short_code: "fr-FR",
  ...more,
});

test("calls in the database: made once, claimed once, changed by many at once, listed by caller and month in pages", async () => {
  const { settings, credential } = await database();
  const store = openCallStore(settings, credential, now);
  const calls = Array.from({ length: 5 }, (_, at) =>
    record({ created_at: new Date(now().getTime() - at * 86_400_000 * 9).toISOString() }),
  );
  for (const call of calls) expect(await store.create(call)).toBe(true);
  const first = calls[0]!;
  expect(await store.create(first)).toBe(false);
  expect((await Promise.all(Array.from({ length: 5 }, () => store.claim(first.call_id, "dial")))).filter(Boolean)).toHaveLength(
    1,
  );
  await Promise.all(
    Array.from({ length: 5 }, (_, at) =>
      store.change(first.call_id, (each) => ({ ...each, claim: { ...each.claim, [`field_${at}`]: "x" } })),
    ),
  );
  expect(Object.keys((await store.get(first.call_id))!.claim)).toHaveLength(5);
  expect((await store.latestFor("+33612345678"))?.call_id).toBe(first.call_id);
  expect(await store.get(randomUUID())).toBeUndefined();

  const open = async () => new Set((await store.open()).calls.map((each) => each.callId));
  expect(await open()).toEqual(new Set(calls.map((each) => each.call_id)));
  for (let time = 0; time < 2; time++) await store.close(first.call_id);
  expect([await store.isOpen(first.call_id), (await open()).size]).toEqual([false, 4]);
  const listed = { roster: { sequence: 1, accompanied: true } };
  await Promise.all(Array.from({ length: 5 }, () => store.changeLine(first.call_id, (line) => ({ ...line, ...listed }))));
  expect(await store.changeLine(first.call_id, (line) => line)).toEqual(listed);
  expect((await store.get(first.call_id))?.messages).toEqual([]);

  for (const filter of [{}, { phoneNumber: "+33612345678" }]) {
    const listed: string[] = [];
    let continuation: string | undefined;
    do {
      const page = await store.list({ ...filter, limit: 2, ...(continuation ? { continuation } : {}) });
      listed.push(...page.calls.map((each) => each.call_id));
      continuation = page.continuation;
    } while (continuation);
    expect(listed).toEqual(calls.map((each) => each.call_id));
    for (const position of [{ continuation: "made-up" }, { month: "2026-11", continuation: "made-up" }]) {
      const madeUp = Buffer.from(JSON.stringify(position)).toString("base64url");
      await expect(store.list({ ...filter, limit: 2, continuation: madeUp })).rejects.toThrow(UnknownContinuation);
    }
  }
});

test("a chat session in the database belongs to its opener, remembers in order and counts a use once", async () => {
  const { settings, credential } = await database();
  const documents = openDocuments(settings, credential);
  const opened = (userId: string) => openSession(documents, "session-1", userId, new Date(0));
  expect(await opened("ada")).toMatchObject({ turns: [], costUsd: 0 });
  for (const [at, content] of ["one", "two", "three"].entries())
    await keepTurn(documents, "session-1", { itemId: content, at: new Date(at), persona: "human", content });
  const used = { of: "resp_1", at: new Date(3), kind: "voice", deployment: "realtime-cheap", choice: "cheap" } as const;
  const usage = { output_token_details: { audio_tokens: 100_000 } };
  const kept = await Promise.all([1, 2].map(() => keepUsage(documents, "session-1", { ...used, usage })));
  expect(kept.filter(Boolean)).toHaveLength(1);
  const session = await opened("ada");
  expect(session?.turns.map(({ turn }) => turn.content)).toEqual(["one", "two", "three"]);
  expect(session).toMatchObject({ costUsd: 2, strongCostUsd: 6.4 });
  expect(await readAccount(documents, accountOf("ada", new Date(3)), new Date(3))).toEqual({ spentUsd: 2, holds: [] });
  expect(await opened("bob")).toBeUndefined();
});

test("a day's account in the database is exact, however many replicas enter and hold at once, and tell it again", async () => {
  const { settings, credential } = await database();
  const replicas = [1, 2].map(() => openDocuments(settings, credential));
  const [documents] = replicas;
  const day = new Date("2026-11-22T09:00:00Z");
  const uses = Array.from({ length: 15 }, (_, each) => ({ sessionId: "session-1", of: `resp_${each}`, costUsd: 0.5 }));
  const held = (id: string) => ({ id, sessionId: "session-1", usd: 1, now: day });
  await Promise.all(
    replicas.flatMap((replica, at) => [
      ...uses.map((use) => enter(replica, "visitor:ada", day, use)),
      ...uses.map((_, each) => hold(replica, accountOf("visitor:ada", day), held(`${at}-${each}`), () => undefined)),
    ]),
  );
  const { spentUsd, holds } = await readAccount(documents!, accountOf("visitor:ada", day), day);
  expect([spentUsd, holds.length]).toEqual([7.5, 30]);
  expect((await readAccount(documents!, visitorsAccountOf(day), day)).spentUsd).toBe(7.5);
});

test("flags are what the configuration store says, and only what carries no label", async () => {
  const storeId = resource("Microsoft.AppConfiguration/configurationStores");
  const standIn = createAppConfiguration({
    access: world.directory,
    storeId,
    clock: world.clock,
    folder: join(world.home, "flags"),
  });
  standIn.set({ key: "recording_enabled", value: "true" });
  standIn.set({ key: "callback_timeout_hour", value: "0" });
  standIn.set({ key: "phone_silence_timeout_sec", label: "test", value: "1" });
  const { url } = await world.start(standIn);
  const flags = openFlags(
    { APP_CONFIGURATION_ENDPOINT: url },
    identity("App Configuration Data Reader", storeId).credential,
    quiet,
  );
  expect(await flags()).toMatchObject({ recording_enabled: true, callback_timeout_hour: 0, phone_silence_timeout_sec: 20 });
});

test("a browser that negotiated hears what is sent to its person and to its session, and nothing sent to others", async () => {
  const serviceId = resource("Microsoft.SignalRService/signalR");
  const { url } = await world.start(
    createSignalR({ access: world.directory, serviceId, clock: world.clock, clientOrigins: ["*"] }),
  );
  const publisher = openSignalR(
    { SIGNALR_ENDPOINT: url, SIGNALR_CLIENT_ENDPOINT: url, SIGNALR_HUB: "chathub_contoso" },
    identity("SignalR Service Owner", serviceId).credential,
  );
  const { url: address, accessToken } = await publisher.negotiate("ada");
  const connection = new HubConnectionBuilder()
    .withUrl(address, { accessTokenFactory: () => accessToken })
    .configureLogging(LogLevel.None)
    .build();
  const heard: unknown[] = [];
  const last = new Promise<void>((resolve) => {
    connection.on("messageReceived", (said: unknown) => {
      heard.push(said);
      if (said === "last") resolve();
    });
  });
  await connection.start();
  await publisher.join("ada", "session-1");
  await publisher.sendToUser("bob", "messageReceived", "for bob");
  await publisher.sendToGroup("session-2", "messageReceived", "for another session");
  await publisher.sendToGroup("session-1", "messageReceived", { message: "for the session" });
  await publisher.sendToUser("ada", "messageReceived", "last");
  await last;
  await connection.stop();
  expect(heard).toEqual([{ message: "for the session" }, "last"]);
});

test("after-call work is queued as the Functions host reads it, and a recording is found by its id", async () => {
  const accountId = resource("Microsoft.Storage/storageAccounts");
  const storage = await createStorage({
    access: world.directory,
    accountId,
    accountName: "laptop",
    folder: join(world.home, "storage"),
    clock: world.clock,
  });
  const [blob, queue] = await Promise.all([world.start(storage.services.blob), world.start(storage.services.queue)]);
  await storage.createQueue("after-call");
  await storage.createContainer("recordings");
  const made = identity("Storage Queue Data Contributor", accountId);
  world.grant({ objectId: made.objectId, role: "Storage Blob Data Contributor", scope: accountId });
  const settings = {
    QUEUE_ENDPOINT: `${queue.url}/laptop`,
    AFTER_CALL_QUEUE: "after-call",
    BLOB_ENDPOINT: `${blob.url}/laptop/`,
    RECORDINGS_CONTAINER: "recordings",
  };

  await openAfterCallQueue(settings, made.credential).add("call-1");
  const [message] = (await new QueueClient(`${settings.QUEUE_ENDPOINT}/after-call`, made.credential).receiveMessages())
    .receivedMessageItems;
  expect(JSON.parse(Buffer.from(message?.messageText ?? "", "base64").toString())).toEqual({ callId: "call-1" });

  const container = new BlobServiceClient(settings.BLOB_ENDPOINT, made.credential).getContainerClient("recordings");
  await container.getBlockBlobClient("20261123/call/recording-1/0-audiowav.wav").uploadData(Buffer.from("sound"));
  const recordings = openRecordings(settings, made.credential);
  const recording = await recordings.open("recording-1", now());
  expect(recording).toMatchObject({ contentType: "audio/wav", bytes: 5 });
  expect(await new Response(recording?.body).text()).toBe("sound");
  expect(await recordings.open("recording-2", now())).toBeUndefined();
  await storage.close();
});

test("the cache remembers over Redis for its own customer, and a cache that is not there fails nobody", async () => {
  const clusterId = resource("Microsoft.Cache/redisEnterprise");
  const redis = await createRedis({ access: world.directory, clusterId, clock: world.clock });
  const listening = await redis.listen(world.certificate);
  const made = identity("Redis Data Owner", `${clusterId}/databases/default`);
  const cache = openCache({ REDIS_HOST: listening.host, REDIS_USERNAME: made.objectId }, made.credential, quiet);
  await cache.connect();
  await cache.set("key", "value", 60_000);
  expect(await cache.get("key")).toBe("value");
  const neighbour = identity("Redis Data Owner", `${clusterId}/databases/default`);
  const theirs = openCache({ REDIS_HOST: listening.host, REDIS_USERNAME: neighbour.objectId }, neighbour.credential, quiet);
  await theirs.connect();
  expect(await theirs.get("key")).toBeUndefined();
  await theirs.close();
  await cache.close();
  await listening.close();
  expect(
    await openCache({ REDIS_HOST: listening.host, REDIS_USERNAME: made.objectId }, made.credential, quiet).get("key"),
  ).toBeUndefined();
});

test("someone signs in through the directory and comes back with a session it vouches for", async () => {
  const app = world.identity();
  const clientId = randomUUID();
  const functionsUrl = "http://localhost:7071";
  world.directory.applications.set(clientId, {
    clientId,
    redirectUris: [`${functionsUrl}/sign-in/callback`],
    roles: ["viewer"],
    federatedSubjects: new Set([app.objectId]),
  });
  const metadata = openId(world.directory.issuer);
  const verify = staffVerifier(metadata, clientId, () => new Date());
  const web = signInRoutes({
    metadata,
    clientId,
    functionsUrl,
    credential: app.credential,
    verify,
    newNonce: () => randomUUID().repeat(2),
  });

  const start = await web.request(`${functionsUrl}/sign-in?back=/report`);
  const chosen = await fetch(start.headers.get("location") ?? "", {
    method: "POST",
    body: new URLSearchParams({ role: "viewer" }),
    redirect: "manual",
  });
  const back = await web.request(chosen.headers.get("location") ?? "", {
    headers: { cookie: start.headers.getSetCookie()[0]?.split(";")[0] ?? "" },
  });
  expect(back.headers.get("location")).toBe("/report");
  const session =
    back.headers
      .getSetCookie()
      .find((each) => each.startsWith("session="))
      ?.split(/[=;]/)[1] ?? "";
  expect(await verify(session)).toMatchObject({ roles: ["viewer"] });
});

test("a question finds its document by words and meaning, in vectors of the embedding deployment", async () => {
  const { models } = await modelAccount();
  const serviceId = resource("Microsoft.Search/searchServices");
  const { url } = await world.start(
    createSearch({ access: world.directory, serviceId, folder: join(world.home, "search"), clock: world.clock }),
  );
  const made = identity("Search Service Contributor", serviceId);
  world.grant({ objectId: made.objectId, role: "Search Index Data Contributor", scope: serviceId });
  const vectors = await models.embed("What about water damage? Turn the water off.");
  const text = { type: "Edm.String", searchable: true } as const;
  await new SearchIndexClient(url, made.credential).createIndex({
    name: "trainings",
    fields: [
      { name: "id", type: "Edm.String", key: true },
      { name: "question", ...text },
      { name: "answer", ...text },
      { name: "context", ...text },
      {
        name: "vectors",
        type: "Collection(Edm.Single)",
        searchable: true,
        hidden: true,
        vectorSearchDimensions: vectors.length,
        vectorSearchProfileName: "near",
      },
    ],
    vectorSearch: {
      profiles: [{ name: "near", algorithmConfigurationName: "hnsw" }],
      algorithms: [{ name: "hnsw", kind: "hnsw" }],
    },
  });
  const client = new SearchClient<{ id: string }>(url, "trainings", made.credential);
  const documents = [
    { id: "water", question: "What about water damage?", answer: "Turn the water off.", context: "At home.", vectors },
    {
      id: "theft",
      question: "What about theft?",
      answer: "Go to the police.",
      vectors: await models.embed("What about theft? Go to the police."),
    },
  ];
  await client.uploadDocuments(documents);
  const found = await openSearch({ SEARCH_ENDPOINT: url, SEARCH_INDEX: "trainings" }, made.credential, models.embed).search(
    "water damage",
    5,
  );
  expect(found[0]?.passage).toEqual({ id: "water", title: "What about water damage?", content: "Turn the water off.\nAt home." });
});

test("a browser's offer is answered by the realtime deployment, and the session can be watched over by its id", async () => {
  const { models } = await modelAccount();
  const browser = new RTCPeerConnection();
  browser.addTransceiver("audio", { direction: "sendrecv" });
  browser.createDataChannel("oai-events");
  await browser.setLocalDescription(await browser.createOffer());
  const { answer, callId } = await models.openSession({
    deployment: "realtime-cheap",
    instructions: "Be brief.",
    offer: browser.localDescription?.sdp ?? "",
  });
  expect(answer).toMatch(/^v=0/);
  expect(callId).toMatch(/^rtc_/);
  await browser.setRemoteDescription({ type: "answer", sdp: answer });
  await browser.close();
  await expect(models.openSession({ deployment: "not-there", instructions: "", offer: "v=0" })).rejects.toThrow(
    /404|refused|DeploymentNotFound/,
  );
});
