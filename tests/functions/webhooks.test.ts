/** The completion webhook on a real HTTPS host, checked with another vendor's verification of the same standard. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { agentSchema } from "../../runtime/agent.ts";
import { announceEnd, deliverEnd, retryDelaysMs } from "../../runtime/calls/completion.ts";
import { callStore } from "../../runtime/calls/store.ts";
import type { WebhookJob } from "../../runtime/services/queues.ts";
import type { Services } from "../../runtime/services/services.ts";
import { openPoster } from "../../runtime/services/webhook-poster.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const secret = `whsec_${Buffer.from("a signing secret of thirty-two b.").toString("base64")}`;
const standard = new OpenAI({ apiKey: "none", webhookSecret: secret });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}
const open: Server[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A host that answers with these statuses in turn, the last one from then on. */
async function host(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer({ cert: world.certificate.certificate, key: world.certificate.key }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk;
    });
    request.on("end", () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      response.writeHead(status ?? 204, { location: "https://localhost:1/elsewhere" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  return { received, name: `localhost:${(server.address() as AddressInfo).port}` };
}

async function office(name: string, { privateHosts = name, known = secret } = {}) {
  const store = callStore(memoryDocuments(), () => new Date());
  const queue: { job: WebhookJob; delayMs: number }[] = [];
  const now = () => new Date();
  const services = {
    store,
    now,
    webhooks: { add: async (job: WebhookJob, delayMs: number) => void queue.push({ job, delayMs }) },
    poster: openPoster({ WEBHOOK_PRIVATE_HOSTS: privateHosts }, { read: async () => known || undefined }, now),
    log: { info() {}, warn() {}, error() {} },
  } as unknown as Services;
  const callId = randomUUID();
  const initiate = agentSchema.parse({ bot_company: "Contoso", bot_name: "Amelia", webhook_url: `https://${name}/calls` });
  await store.create({
    call_id: callId,
    created_at: now().toISOString(),
    direction: "outbound",
    phone_number: "+33612345678",
    initiate,
    status: "ended",
    ended_reason: "busy",
    claim: { policy_number: "B12345" },
    reminders: [],
    lang_short_code: "fr-FR",
    media_nonce_sha256: "a digest",
  });
  /** Delivers what is due until nothing is. */
  const work = async (most = 20) => {
    for (let done = 0; queue[done] && done < most; done++) await deliverEnd(services, queue[done]?.job);
  };
  const call = async () => (await store.get(callId)) ?? expect.fail("the call is gone");
  return { services, queue, work, call, announce: async () => announceEnd(services, await call()) };
}

test("tells once that a call is over, signed as the standard says, and nothing that opens a door", async () => {
  const { received, name } = await host(204);
  const { announce, work, call } = await office(name);
  await announce();
  await announce();
  await work();
  expect(received).toHaveLength(1);
  const [{ headers, body } = expect.fail("nothing came")] = received;
  await standard.webhooks.verifySignature(body, headers);
  await expect(standard.webhooks.verifySignature(body.replace("busy", "completed"), headers)).rejects.toThrow();
  const told = JSON.parse(body) as { type: string; data: Record<string, unknown> };
  expect(told).toMatchObject({
    type: "call.ended",
    data: { status: "ended", ended_reason: "busy", claim: { policy_number: "B12345" } },
  });
  expect(Object.keys(told.data)).not.toContain("messages");
  expect(body).not.toContain("a digest");
  expect((await call()).webhook).toMatchObject({ attempts: 1, delivered_at: expect.any(String) });
});

test("a queue that fails is asked again, so that the end of no call goes untold", async () => {
  const { received, name } = await host(204);
  const { announce, work, services } = await office(name);
  const { add } = services.webhooks;
  services.webhooks.add = async () => {
    throw new Error("the queue is down");
  };
  await expect(announce()).rejects.toThrow();
  services.webhooks.add = add;
  await announce();
  await announce();
  await work();
  expect(received).toHaveLength(1);
});

test("a host that is busy is asked again, later each time, under the same id, until it takes it", async () => {
  const { received, name } = await host(503, 429, 200);
  const { announce, work, queue, call } = await office(name);
  await announce();
  await work();
  expect(queue.map((each) => each.delayMs)).toEqual([0, retryDelaysMs[0], retryDelaysMs[1]]);
  expect(new Set(received.map((each) => each.headers["webhook-id"])).size).toBe(1);
  expect((await call()).webhook).toMatchObject({ attempts: 3, delivered_at: expect.any(String) });
});

test("after a day it is given up, and the call says why", async () => {
  const { name } = await host(500);
  const { announce, work, queue, call } = await office(name);
  await announce();
  await work();
  expect(queue).toHaveLength(retryDelaysMs.length + 1);
  expect((await call()).webhook).toEqual({ attempts: retryDelaysMs.length + 1, last_fault: "The host answered 500." });
});

test.each([302, 400, 404])("an answer %i is neither followed nor asked again", async (status) => {
  const { received, name } = await host(status);
  const { announce, work, queue } = await office(name);
  await announce();
  await work();
  expect(received).toHaveLength(1);
  expect(queue).toHaveLength(1);
});

test("a name that resolves to this machine is not connected to unless the stack opens it", async () => {
  const { received, name } = await host(204);
  const { announce, work, call } = await office(name, { privateHosts: "" });
  await announce();
  await work(1);
  expect(received).toEqual([]);
  expect((await call()).webhook?.last_fault).toMatch(/public host/);
});

test("nothing is sent unsigned: without the secret it waits, and says which one is missing", async () => {
  const { received, name } = await host(204);
  const { announce, work, call, queue } = await office(name, { known: "" });
  await announce();
  await work(1);
  expect(received).toEqual([]);
  expect(queue).toHaveLength(2);
  expect((await call()).webhook?.last_fault).toMatch(/webhook-signing-secret/);
});
