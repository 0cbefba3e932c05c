/** A bridge on a real socket, with an issuer of tokens, a scripted model server and a clock that stands still until it is moved. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { agentSchema } from "../../runtime/agent.ts";
import { BridgeApp } from "../../runtime/bridge/bridge-app.ts";
import { Sidebands } from "../../runtime/bridge/sideband.ts";
import { openRealtime } from "../../runtime/bridge/voice-model/realtime.ts";
import { digest } from "../../runtime/calls/addresses.ts";
import type { CallRecord } from "../../runtime/calls/call.ts";
import { callStore } from "../../runtime/calls/store.ts";
import type { ToolOutcome } from "../../runtime/calls/tools.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";
import { callbackVerifier } from "../../runtime/http/verify.ts";
import { memoryDocuments } from "../support/memory-documents.ts";

const resourceId = "6d1c7e30-5a50-4a8e-9a3b-0c2f9d1a7b11";
const appId = "a11f9f6e-98a0-4c4c-8a0a-27cbe6d43a10";

/** Made once: an RSA key takes longer than a whole call here. */
const issuerKeys = generateKeyPair("RS256", { extractable: true });
const strangerKeys = generateKeyPair("RS256");

/** Time that only a test moves. */
class StillClock {
  #nowMs = Date.now();
  readonly #timers = new Map<object, { atMs: number; act: () => void }>();
  nowMs = (): number => this.#nowMs;
  after = (delayMs: number, act: () => void): (() => void) => {
    const key = {};
    this.#timers.set(key, { atMs: this.#nowMs + delayMs, act });
    return () => this.#timers.delete(key);
  };
  passes(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#timers.delete(next.key);
      this.#nowMs = next.atMs;
      next.act();
    }
    this.#nowMs = untilMs;
  }
  #next(untilMs: number) {
    const due = [...this.#timers].map(([key, timer]) => ({ key, ...timer })).filter((each) => each.atMs <= untilMs);
    return due.sort((one, other) => one.atMs - other.atMs)[0];
  }
}

/** Messages of a socket as they come, waited for by what they are. */
class Inbox {
  readonly all: Record<string, unknown>[] = [];
  readonly closed: Promise<number>;
  readonly #waiting: { matches: (message: Record<string, unknown>) => boolean; resolve: (message: never) => void }[] = [];
  constructor(socket: WebSocket) {
    socket.on("message", (data, binary) => {
      const message = { ...(JSON.parse(data.toString()) as Record<string, unknown>), ...(binary ? { binary } : {}) };
      this.all.push(message);
      const at = this.#waiting.findIndex((each) => each.matches(message));
      if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve(message as never);
    });
    this.closed = new Promise((resolve) => socket.on("close", resolve));
  }
  /** The next message of that kind or type, past ones included once. */
  next(name: string): Promise<Record<string, never>> {
    const matches = (message: Record<string, unknown>) => message.kind === name || message.type === name;
    const known = this.all.findIndex((each) => matches(each) && !this.#taken.has(each));
    const found =
      known < 0
        ? new Promise<never>((resolve) => this.#waiting.push({ matches, resolve }))
        : Promise.resolve(this.all[known] as never);
    return found.then((message) => {
      this.#taken.add(message);
      return message;
    });
  }
  readonly #taken = new WeakSet<object>();
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The realtime service as a script: it keeps what it was told and says what a test makes it say. */
async function modelServer() {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  const sessions: { socket: WebSocket; inbox: Inbox; address: string; authorization: string | undefined }[] = [];
  const waiting: (() => void)[] = [];
  sockets.on("connection", (socket, request) => {
    sessions.push({ socket, inbox: new Inbox(socket), address: request.url ?? "", authorization: request.headers.authorization });
    waiting.shift()?.();
  });
  const host = await listening(server);
  return {
    endpoint: `http://${host}`,
    sessions,
    async session(at = 0) {
      while (sessions.length <= at) await new Promise<void>((resolve) => waiting.push(resolve));
      const session = sessions[at]!;
      return { ...session, says: (event: object) => session.socket.send(JSON.stringify({ event_id: randomUUID(), ...event })) };
    },
    close() {
      for (const { socket } of sessions) socket.terminate();
      server.close();
    },
  };
}

export async function openLine({
  flags = {},
  tool,
}: {
  flags?: Partial<Flags>;
  tool?: (name: string) => Promise<ToolOutcome>;
} = {}) {
  const clock = new StillClock();
  const { privateKey, publicKey } = await issuerKeys;
  const stranger = await strangerKeys;
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "1", alg: "RS256", use: "sig" }] };
  const issuerServer = createServer((request, response) => {
    response
      .writeHead(request.url === "/calling/keys" ? 200 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(keys));
  });
  const issuer = `http://${await listening(issuerServer)}`;
  const model = await modelServer();
  const documents = memoryDocuments();
  const store = callStore(documents, () => new Date(clock.nowMs()));
  const credential = { getToken: async () => ({ token: "entra", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  const done: string[] = [];
  const lines: unknown[][] = [];
  const log = (...line: unknown[]) => void lines.push(line);
  const app = new BridgeApp({
    settings: { OPENAI_REALTIME_CHEAP: "cheap", OPENAI_REALTIME_STRONG: "strong", AZURE_CLIENT_ID: appId },
    store,
    automation: {
      hangUp: async (id) => void done.push(`hang up ${id}`),
      transfer: async (id, to) => void done.push(`transfer ${id} to ${to}`),
    },
    openModel: openRealtime({ OPENAI_ENDPOINT: model.endpoint }, credential, "transcriber"),
    async runTool({ name }) {
      done.push(`tool ${name}`);
      return tool ? tool(name) : { content: "done" };
    },
    flags: async () => ({ ...defaultFlags, vad_cutoff_timeout_ms: 0, ...flags }),
    sidebands: new Sidebands({
      endpoint: model.endpoint,
      credential,
      transcription: "transcriber",
      documents,
      clock,
      log: { warn: log },
    }),
    verifyMedia: callbackVerifier(
      { CALL_AUTOMATION_AUTHORITY: issuer, COMMUNICATION_RESOURCE_ID: resourceId },
      () => new Date(clock.nowMs()),
    ),
    verifyApp: async (token) =>
      token === "functions" ? { azp: appId } : token === "someone" ? { azp: randomUUID() } : undefined,
    clock,
    log: { info: log, warn: log, error: log },
  });
  const server = createServer();
  server.on("upgrade", (request, socket, head) => app.upgrade(request, socket, head));
  const host = await listening(server);

  const facts = { issuer, audience: resourceId, expiresInSeconds: 300 };
  async function token(changes: Partial<typeof facts & { algorithm: "none" | "HS256"; key: "stranger" }> = {}): Promise<string> {
    const { issuer, audience, expiresInSeconds, algorithm, key } = { ...facts, algorithm: undefined, key: undefined, ...changes };
    const now = Math.floor(clock.nowMs() / 1_000);
    const claims = { iss: issuer, aud: audience, iat: now, exp: now + expiresInSeconds };
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
    if (algorithm === "none") return `${encoded({ alg: "none", kid: "1" })}.${encoded(claims)}.`;
    const signing = new SignJWT(claims).setProtectedHeader({ alg: algorithm ?? "RS256", kid: "1" });
    if (algorithm === "HS256") return signing.sign(new TextEncoder().encode(await exportSPKI(publicKey)));
    return signing.sign(key === "stranger" ? stranger.privateKey : privateKey);
  }

  async function call(changes: Partial<CallRecord> = {}): Promise<{ callId: string; nonce: string; path: string }> {
    const [callId, nonce] = [randomUUID(), randomUUID()];
    const initiate = agentSchema.parse({ bot_company: "Contoso", bot_name: "Ada", agent_phone_number: "+33100000000" });
    await store.create({
      call_id: callId,
      created_at: new Date(clock.nowMs()).toISOString(),
      direction: "inbound",
      phone_number: "+33612345678",
      initiate,
      status: "ringing",
      claim: {},
      reminders: [],
      lang_short_code: "en-US",
      media_nonce_sha256: digest(nonce),
      ...changes,
    });
    return { callId, nonce, path: `/media/${callId}?nonce=${nonce}` };
  }

  /** Knocks as Call Automation does; the status of a refusal, or the connected phone. */
  function connect(path: string, options: ClientOptions = {}): Promise<number | { socket: WebSocket; inbox: Inbox }> {
    const socket = new WebSocket(`ws://${host}${path}`, options);
    const inbox = new Inbox(socket);
    return new Promise((resolve, reject) => {
      socket.on("open", () => resolve({ socket, inbox }));
      socket.on("unexpected-response", (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      socket.on("error", reject);
    });
  }

  async function phone(path: string) {
    const headers = { authorization: `Bearer ${await token()}`, "x-ms-call-connection-id": "connection-1" };
    const connected = await connect(path, { headers });
    if (typeof connected === "number") throw new Error(`The phone was refused with ${connected}.`);
    const { socket, inbox } = connected;
    const sends = (message: object) => socket.send(JSON.stringify(message));
    return {
      socket,
      inbox,
      sends,
      describes: (sampleRate = 24_000) =>
        sends({
          kind: "AudioMetadata",
          audioMetadata: { subscriptionId: "1", encoding: "PCM", sampleRate, channels: 1, length: 960 },
        }),
      sounds: (data: string) =>
        sends({ kind: "AudioData", audioData: { timestamp: "now", participantRawID: "4:x", data, silent: false } }),
    };
  }

  return {
    app,
    clock,
    model,
    store,
    documents,
    done,
    lines,
    token,
    call,
    connect,
    phone,
    stopIssuer: () => {
      issuerServer.closeAllConnections();
      issuerServer.close();
    },
    close() {
      model.close();
      issuerServer.closeAllConnections();
      issuerServer.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
export type Line = Awaited<ReturnType<typeof openLine>>;
