import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { QueueClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../laptop/free-port.ts";
import { createStorage, type StorageStandIn } from "../../laptop/storage/storage.ts";
import { type Identity, openWorld, type World } from "../support/stand-in.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/jobs";
const folder = join(import.meta.dirname, "functions-app");

let world: World;
let storage: StorageStandIn;
let identity: Identity;
let queues: string;
let host: ChildProcess;
let url: string;

beforeAll(async () => {
  world = await openWorld();
  storage = await createStorage({
    access: world.directory,
    accountId,
    accountName: "jobs",
    folder: join(world.home, "storage"),
    clock: world.clock,
  });
  queues = `${(await world.start(storage.services.queue)).url}/jobs`;
  await storage.createQueue("jobs");
  identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "Storage Queue Data Contributor", scope: accountId });
  const port = await freePort();
  url = `http://localhost:${port}`;
  host = spawn(process.execPath, [join(import.meta.dirname, "../../laptop/functions-host/main.ts"), folder], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      NODE_EXTRA_CA_CERTS: world.authorityFile,
      ...world.directory.machine([identity.clientId]),
      AzureWebJobsStorage__clientId: identity.clientId,
      AzureWebJobsStorage__queueServiceUri: queues,
      JOBS_QUEUE: "jobs",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    host.stdout?.on("data", (chunk: Buffer) => chunk.includes("functions listen") && resolve());
    host.once("exit", (code) => reject(new Error(`the host ended with ${code}`)));
  });
}, 60_000);

afterAll(async () => {
  if (host.exitCode === null) host.kill("SIGKILL");
  await storage.close();
  await world.close();
});

const queue = (name: string) => new QueueClient(`${queues}/${name}`, identity.credential);
const send = (job: object) => queue("jobs").sendMessage(Buffer.from(JSON.stringify(job)).toString("base64"));
const seen = async () =>
  (await (await fetch(`${url}/seen`)).json()) as { jobs: { job: object; attempt: number }[]; ticks: number; invocations: number };

test("a request reaches its function with parameters, query and body, and the answer keeps status, headers and cookies", async () => {
  const answer = await fetch(`${url}/rooms/a%20b/messages/7?q=x`, {
    method: "POST",
    body: JSON.stringify({ words: "hello" }),
    headers: { "content-type": "application/json" },
  });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toEqual({ room: "a b", id: "7", query: "x", body: { words: "hello" } });
  expect(answer.headers.get("x-answer")).toBe("yes");
  expect(answer.headers.getSetCookie()).toEqual(["visit=1; Path=/; HttpOnly; SameSite=Lax"]);
});

test("an optional parameter may be missing; another path is 404 and another method 405", async () => {
  expect(await (await fetch(`${url}/rooms/a/messages`)).json()).toEqual({ room: "a", query: null });
  expect((await fetch(`${url}/rooms`)).status).toBe(404);
  expect((await fetch(`${url}/seen`, { method: "DELETE" })).status).toBe(405);
});

test("a function that throws is a 500 without its words", async () => {
  const answer = await fetch(`${url}/fails`);
  expect([answer.status, await answer.text()]).toEqual([500, ""]);
});

test("a queued job is worked on once and is gone", async () => {
  await send({ number: 1 });
  await vi.waitFor(async () => expect((await seen()).jobs).toContainEqual({ job: { number: 1 }, attempt: 1 }), {
    timeout: 20_000,
  });
  expect((await seen()).jobs.filter(({ job }) => "number" in job)).toHaveLength(1);
});

test("a job that fails each time is tried as often as host.json says and then lies in the poison queue", async () => {
  await send({ fails: true });
  const poison = queue("jobs-poison");
  const message = await vi.waitFor(
    async () => {
      const [found] = (await poison.receiveMessages()).receivedMessageItems;
      return found ?? Promise.reject(new Error("the poison queue is empty"));
    },
    { timeout: 20_000 },
  );
  expect(JSON.parse(Buffer.from(message.messageText, "base64").toString())).toEqual({ fails: true });
  expect((await seen()).jobs.filter(({ job }) => "fails" in job).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test("a timer fires by its schedule, and hooks see every invocation", async () => {
  await vi.waitFor(async () => expect((await seen()).ticks).toBeGreaterThan(0), { timeout: 20_000 });
  expect((await seen()).invocations).toBeGreaterThan(5);
});

test("SIGTERM ends the host with 0", async () => {
  const code = new Promise((resolve) => host.once("exit", resolve));
  host.kill("SIGTERM");
  expect(await code).toBe(0);
});
