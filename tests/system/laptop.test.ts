/** The running whole, driven from outside as its users drive it: one laptop, the documented commands, the HTTP API, sound on the line. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Call } from "../../runtime/calls/call.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { documentedBody } from "../functions/office.ts";
import { type Role, type RunningLaptop, run, startLaptop } from "../support/laptop.ts";

/** A call takes as long as people take to speak. */
const aCallMs = 240_000;
vi.setConfig({ maxConcurrency: 10 });

const patient = { timeout: 60_000, interval: 100 };

let laptop: RunningLaptop;
beforeAll(async () => {
  laptop = await startLaptop();
}, 120_000);
afterAll(async () => {
  await laptop.stop();
});

/** The call once it is over and summed up. */
function summedUp(idOrNumber: string): Promise<Call> {
  return vi.waitFor(
    async () => {
      const call = await laptop.call(idOrNumber);
      const texted = call.messages.some(({ action, persona }) => action === "sms" && persona === "assistant");
      if (call.status !== "ended" || !call.synthesis || !call.next || !texted)
        throw new Error(`the call is ${call.status}, ${call.messages?.length ?? 0} messages`);
      return call;
    },
    { timeout: aCallMs - 10_000, interval: 500 },
  );
}

const dial = (body: object, role: "viewer" | "supervisor" = "supervisor") =>
  laptop.api(role, "/call", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

test("F1 F5: outputs.json holds the stack's outputs under their Pulumi names, and nothing secret", async () => {
  expect(Object.keys(laptop.outputs).sort()).toEqual([
    "bridgeUrl",
    "callsEndpoint",
    "communicationEndpoint",
    "cosmosEndpoint",
    "customers",
    "deployedModels",
    "functionAppUrl",
    "keyVaultEndpoint",
    "modelRouterEndpoint",
    "openAIEndpoint",
    "redisHostName",
    "reportUrl",
    "searchEndpoint",
    "signalRConnectionString",
    "webRTCEndpoint",
  ]);
  expect(laptop.outputs.signalRConnectionString).toMatch(/^Endpoint=https:\/\/[^;]+;AuthType=azure\.msi;Version=1\.0$/);
  expect(JSON.stringify(Object.values(laptop.outputs))).not.toMatch(/key|secret|token|sig=/i);
});

test.each([
  ["POST", "/call"],
  ["GET", "/call"],
  ["GET", "/call/+33612345678"],
  ["POST", "/api/ModelRouter"],
  ["POST", "/api/SignalRInfo"],
  ["POST", "/api/realtime/calls"],
])("F5: %s %s without a token is 401, in the predecessor's error shape", async (method, path) => {
  const answer = await fetch(`${laptop.outputs.callsEndpoint}${path}`, { method });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ error: { message: expect.any(String), details: expect.any(Array) } });
});

test("F5 C1: a viewer may read and may not dial", async () => {
  expect((await laptop.api("viewer", "/call")).status).toBe(200);
  expect((await dial(documentedBody, "viewer")).status).toBe(403);
});

describe.concurrent("while calls go on", () => {
  test("C1: POST /call with the predecessor's body dials; a person picks up, answers what is asked, and the call is summed up once", {
    timeout: aCallMs,
  }, async () => {
    const answer = await dial(documentedBody);
    expect(answer.status).toBe(201);
    const { call_id } = (await answer.json()) as Call;
    const call = await summedUp(call_id);
    expect(call).toMatchObject({ direction: "outbound", phone_number: "+11234567890", ended_reason: "completed" });
    expect(Object.keys(call.claim)).toEqual(
      expect.arrayContaining(["hardware_info", "first_seen", "building_location", "policyholder_name", "policyholder_email"]),
    );
    expect(Date.parse(call.claim.first_seen ?? "")).not.toBeNaN();
    expect(call.messages.filter(({ action, persona }) => action === "sms" && persona === "assistant")).toHaveLength(1);
    expect(call.messages.filter(({ action }) => action === "hangup")).toHaveLength(1);
    expect(new Set(call.messages.map(({ id }) => id)).size).toBe(call.messages.length);
  });

  test("C2: a caller who types is heard word for word through the sound on the line, and hears the answers", {
    timeout: aCallMs,
  }, async () => {
    const from = "+33612345601";
    const { said, code } = await laptop.phone(
      "--from",
      from,
      "--say",
      "Hello, I have a leak in my bathroom since yesterday",
      "--say",
      "My name is Ada Martin",
      "--say",
      "No thank you, goodbye",
    );
    expect(code, said).toBe(0);
    expect(said).toMatch(/^Calling \+33199002737 from \+33612345601/m);
    expect(said.match(/^ {3}them: /gm)?.length).toBeGreaterThanOrEqual(3);
    expect(said).toMatch(/The call has ended/);
    const call = await summedUp(from);
    const heard = call.messages
      .filter(({ persona, action }) => persona === "human" && action === "talk")
      .map(({ content }) => content);
    expect(heard).toEqual([
      "Hello, I have a leak in my bathroom since yesterday",
      "My name is Ada Martin",
      "No thank you, goodbye",
    ]);
    expect(call.direction).toBe("inbound");
    expect(call.claim.policyholder_name).toContain("Ada Martin");
    // What came out of the caller's phone is what the record says was spoken, in its order; nothing is lost: conversations.test.ts.
    const spoken = call.messages.flatMap(({ content, persona, action }) =>
      persona === "assistant" && action === "talk" ? [content] : [],
    );
    const waiting = phrasesIn("en-US", call.initiate).timeout_loading_tpl[0];
    const out = [...said.matchAll(/^ {3}them: (.*)$/gm)]
      .map(([, words = ""]) => words)
      .join(" ")
      .replaceAll(waiting, "");
    let rest = spoken.join(" ");
    for (const sentence of out.trim().split(/(?<=[.!?]) +/)) {
      const at = rest.indexOf(sentence);
      expect(at, `"${sentence}" in what is left of the record: ${rest}`).toBeGreaterThanOrEqual(0);
      rest = rest.slice(at + sentence.length);
    }
  });

  test("C2 F12: real sound that holds no simulated words is answered by saying so, and asking", {
    timeout: aCallMs,
  }, async () => {
    const file = join(laptop.home, "speech.wav");
    await writeFile(file, speechLike(2.5));
    const { said, code } = await laptop.phone("--from", "+33612345602", "--wav", file, "--hang-up-after", "18");
    expect(code, said).toBe(0);
    expect(said).toContain("[");
    expect(said).toMatch(/OPENAI_API_KEY/);
  });

  test("R2: the router sends a greeting to the cheap model and the recipe's complex samples to the strong one, with reasons and without a key", async () => {
    const ask = async (message: string) => {
      const answer = await laptop.api("viewer", "/api/ModelRouter", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ message, userId: "test-user", sessionId: "test-session" }),
      });
      expect(answer.status).toBe(200);
      return (await answer.json()) as { choice: string; model: string; reasons: string[]; score: number; confidence: number };
    };
    const greeting = await ask("Hello, how are you?");
    expect(greeting).toMatchObject({ choice: "cheap", model: "realtime-cheap" });
    for (const message of [
      "Explain distributed microservices architecture",
      "Can you explain the technical architecture of distributed microservices with event sourcing patterns?",
    ]) {
      const complex = await ask(message);
      expect(complex).toMatchObject({ choice: "strong", model: "realtime-strong" });
      expect(complex.score).toBeGreaterThan(greeting.score);
      expect(complex.reasons.length).toBeGreaterThan(0);
    }
    expect(JSON.stringify(greeting)).not.toMatch(/ek_|Bearer|secret/i);
  });

  test("R8: in writing, the fast deployment answers what is easy and Foundry's model-router what is hard; both know the conversation and are paid for", async () => {
    const ask = async (message: string) => {
      const answer = await laptop.api("viewer", "/api/chat/turns", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ message, sessionId: "written-session" }),
      });
      expect(answer.status).toBe(200);
      return (await answer.json()) as { answer: string; deployment: string; model: string; costUsd: number };
    };
    const answers = [
      await ask("My name is Ada."),
      await ask("What is my name?"),
      await ask("Can you explain the technical architecture of distributed microservices with event sourcing patterns?"),
    ];
    expect(answers.map(({ deployment, model }) => [deployment, model])).toEqual([
      ["chat-fast", "gpt-5.4-mini"],
      ["chat-fast", "gpt-5.4-mini"],
      ["chat-router", "gpt-5-2025-08-07"],
    ]);
    expect(answers[1]?.answer).toBe("Your name is Ada.");
    const session = await (await laptop.api("viewer", "/api/chat/sessions/written-session")).json();
    expect(session).toMatchObject({ answers: 3, turns: expect.objectContaining({ length: 6 }) });
    expect((session as { costUsd: number }).costUsd).toBeCloseTo(
      answers.reduce((sum, { costUsd }) => sum + costUsd, 0),
      5,
    );
    expect((await laptop.api("supervisor", "/api/chat/sessions/written-session")).status).toBe(403);
  });

  test("R4: SignalR is negotiated for whom the token names, and what is published to a session reaches its own client alone", async () => {
    const negotiate = async (role: Role) => {
      const answer = await laptop.api(role, "/api/SignalRInfo", { method: "POST" });
      expect(answer.status).toBe(200);
      const { url, accessToken } = (await answer.json()) as { url: string; accessToken: string };
      expect(url).toMatch(/^http:\/\/localhost:\d+\//);
      const connection = new HubConnectionBuilder()
        .withUrl(url, { accessTokenFactory: () => accessToken })
        .configureLogging(LogLevel.None)
        .build();
      const received: unknown[] = [];
      connection.on("messageReceived", (message: unknown) => received.push(message));
      await connection.start();
      return { connection, received };
    };
    const viewer = await negotiate("viewer");
    const other = await negotiate("admin");
    const answer = await laptop.api("viewer", "/api/SignalRMessages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId: "somebody-else", message: "for me alone", model: "realtime-cheap" }),
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(() => expect(JSON.stringify(viewer.received)).toContain("for me alone"), patient);
    expect(other.received).toEqual([]);
    await Promise.all([viewer.connection.stop(), other.connection.stop()]);
  });

  test("C1: a number outside the allow-list is not dialled and one that is no number is explained; nobody is rung", async () => {
    const abroad = await dial({ ...documentedBody, phone_number: "+81312345678" });
    expect(abroad.status).toBe(403);
    const nonsense = await dial({ ...documentedBody, phone_number: "12", prosody_rate: 9 });
    expect(nonsense.status).toBe(422);
    expect(JSON.stringify(await nonsense.json())).toMatch(/phone_number.*prosody_rate|prosody_rate.*phone_number/);
  });

  test("F12: the phone command names every fault of what it was given", async () => {
    const { said, code } = await laptop.phone("--from", "12", "--wav", "/nowhere.wav");
    expect(code).toBe(1);
    expect(said).toMatch(/12/);
    expect(said).toMatch(/nowhere\.wav/);
  });

  test("F12: a second laptop in the same home is refused with the way out; one in another home runs beside it", {
    timeout: aCallMs,
  }, async () => {
    const second = await run(["laptop/start.ts"], { ...process.env, LAPTOP_HOME: laptop.home, PORT: "0" });
    expect(second.code).toBe(1);
    expect(second.said).toContain("LAPTOP_HOME=");
    expect((await laptop.api("viewer", "/call")).status).toBe(200);
    const beside = await startLaptop();
    expect(beside.outputs.callsEndpoint).not.toBe(laptop.outputs.callsEndpoint);
    expect(await beside.stop("SIGINT")).toBe(0);
  });

  test("F12: a taken port is said before anything starts", { timeout: aCallMs }, async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const { said, code } = await run(["laptop/start.ts"], {
      ...process.env,
      LAPTOP_HOME: join(laptop.home, "elsewhere"),
      PORT: String(port),
    });
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`Port ${port} is taken.*PORT=0`, "s"));
    taken.close();
  });
});

test("P1: a caller's number leads to the latest call's report, and no log line holds a number, a name or words", {
  timeout: 120_000,
}, async () => {
  const report = await laptop.api("viewer", "/report/%2B33612345601");
  expect(report.status).toBe(200);
  expect(await report.text()).toContain("Ada Martin");
  const logs = execFileSync("sh", ["-c", `cat "${laptop.home}"/logs/*.log`], { encoding: "utf8" });
  expect(logs).toContain("call dialled");
  expect(logs).not.toMatch(/\+?33612345601|\+?11234567890|Ada|Martin|leak|bathroom|Amélie/);
});

test("F12: SIGTERM ends it with 0 and leaves no process and no port behind, and a start after it finds the calls again", {
  timeout: 240_000,
}, async () => {
  const running = processes().filter(({ parent }) => parent === laptop.pid);
  expect(running.length).toBeGreaterThanOrEqual(2);
  const ports = [
    laptop.board,
    laptop.outputs.functionAppUrl,
    laptop.outputs.bridgeUrl,
    laptop.outputs.cosmosEndpoint,
    laptop.outputs.openAIEndpoint,
  ].map((url) => Number(new URL(url ?? "").port));
  expect(await laptop.stop("SIGTERM", { keepHome: true })).toBe(0);
  // A child whose parent is gone ends by itself when its pipe closes.
  const left = () => processes().filter(({ pid }) => running.some((each) => each.pid === pid));
  await vi.waitFor(() => expect(left()).toEqual([]), patient);
  for (const port of ports) expect(await isFree(port)).toBe(true);
  expect(existsSync(join(laptop.home, "outputs.json"))).toBe(false);
  const again = await startLaptop({ LAPTOP_HOME: laptop.home });
  expect((await again.call("+33612345601")).claim.policyholder_name).toContain("Ada Martin");
  expect(JSON.parse(await readFile(join(laptop.home, "outputs.json"), "utf8"))).toEqual(again.outputs);
  await again.stop();
});

/** Every process that runs; one that has ended and only waits to be reaped does not. */
function processes(): { pid: number; parent: number }[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,stat="], { encoding: "utf8" }).trim().split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith("Z"))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A 16 kHz PCM16 WAV of voiced noise with the rhythm of syllables: loud enough for turn detection, and no words in it. */
function speechLike(seconds: number): Buffer {
  const rate = 16_000;
  const samples = Math.round(rate * seconds);
  const data = Buffer.alloc(samples * 2);
  for (let index = 0; index < samples; index++) {
    const t = index / rate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * t));
    const voice =
      Math.sin(2 * Math.PI * 140 * t) + 0.5 * Math.sin(2 * Math.PI * 280 * t) + 0.25 * Math.sin(2 * Math.PI * 910 * t);
    data.writeInt16LE(Math.round(7_000 * syllable * voice), index * 2);
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
