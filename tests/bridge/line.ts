/** A bridge on a real socket, with an issuer of tokens, a scripted model server and a clock that stands still until it is moved. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { agentSchema } from "../../runtime/agent.ts";
import { BridgeApp, type BridgeServices } from "../../runtime/bridge/bridge-app.ts";
import { bridgeServer } from "../../runtime/bridge/bridge-server.ts";
import { acsMedia } from "../../runtime/bridge/telephone/acs.ts";
import { voiceEngines } from "../../runtime/bridge/voice-engines.ts";
import { openRealtime } from "../../runtime/bridge/voice-model/realtime.ts";
import { digest } from "../../runtime/calls/addresses.ts";
import type { CallRecord } from "../../runtime/calls/call.ts";
import type { CallNews } from "../../runtime/calls/news.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { callStore } from "../../runtime/calls/store.ts";
import type { ToolOutcome } from "../../runtime/calls/tools.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";
import { callbackVerifier } from "../../runtime/http/verify.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { noCarried } from "../support/no-carried.ts";
import { noChats } from "../support/no-chats.ts";

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
  get timers(): number {
    return this.#timers.size;
  }
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

export interface LineOptions {
  readonly flags?: Partial<Flags>;
  readonly tool?: (name: string) => Promise<ToolOutcome>;
  readonly callsPerReplica?: number;
  /** How long a request may take until it is complete. */
  readonly requestWithinMs?: number;
  readonly chats?: BridgeServices["sidebands"];
  /** Beside the realtime service. */
  readonly engines?: Parameters<typeof voiceEngines>[0];
}

export async function openLine({
  flags = {},
  tool,
  callsPerReplica = 100,
  requestWithinMs,
  engines = {},
  chats = noChats,
}: LineOptions = {}) {
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
  /** What was done to calls as a whole, and by tools. */
  const done: string[] = [];
  const lines: unknown[][] = [];
  const log = (...line: unknown[]) => void lines.push(line);
  /** What Call Automation says of the call when a bridge asks; `asked` counts. */
  const network: { state: "connected" | "gone"; asked: number; refuses: string[] } = { state: "gone", asked: 0, refuses: [] };
  const act = async (what: string, ...of: string[]) => {
    if (network.refuses.includes(what)) throw new Error(`${what} is refused`);
    done.push([what, ...of].join(" "));
  };
  const automation = {
    state: async () => {
      network.asked++;
      return network.state;
    },
    hangUp: (id: string) => act("hang up", id),
    transfer: (id: string, to: string) => act("transfer", id, "to", to),
    hold: (id: string, who: string) => act("hold", id, who),
    unhold: (id: string, who: string) => act("unhold", id, who),
    invite: async (id: string, to: string) => {
      await act("invite", id, to);
      return "invitation-1";
    },
    dismiss: (id: string, to: string, invitation?: string) => act("dismiss", id, to, invitation ?? "-"),
  };
  /** A call that was admitted is run once its phrases are there. */
  const live: { flags: Flags; memoryShare: number; phrasesComeAfter?: Promise<void> } = {
    flags: { ...defaultFlags, vad_cutoff_timeout_ms: 0, ...flags },
    memoryShare: 0,
  };
  const listeners = new Map<string, Set<(news: CallNews) => void>>();
  const resource = { CALL_AUTOMATION_AUTHORITY: issuer, COMMUNICATION_RESOURCE_ID: resourceId };
  const servers: Server[] = [];

  /** A bridge process: what it knows is its own, what it keeps and whom it asks is the line's. */
  async function bridge() {
    const verify = callbackVerifier(resource, () => new Date(clock.nowMs()));
    const app = new BridgeApp({
      settings: { AZURE_CLIENT_ID: appId, CALLS_PER_REPLICA: String(callsPerReplica) },
      store,
      media: [acsMedia({ store, verify, automation, clock })],
      engines: voiceEngines({
        realtime: {
          open: openRealtime({ OPENAI_ENDPOINT: model.endpoint }, credential, "transcriber"),
          cheap: "cheap",
          strong: "strong",
        },
        ...engines,
      }),
      async runTool({ name }) {
        done.push(`tool ${name}`);
        return tool ? tool(name) : { content: "done" };
      },
      deliverDigits: async () => "delivered",
      sms: { send: async (to, text) => void done.push(`sms ${to} ${text}`) },
      recording: { pause: (id) => act("pause", id), resume: (id) => act("resume", id) },
      async phrases(language, agent) {
        await live.phrasesComeAfter;
        return phrasesIn(language, agent);
      },
      flags: async () => live.flags,
      news: {
        subscribe(callId, tell) {
          const tells = listeners.get(callId) ?? new Set();
          listeners.set(callId, tells.add(tell));
          return () => {
            tells.delete(tell);
            if (tells.size === 0) listeners.delete(callId);
          };
        },
      },
      carried: noCarried,
      sidebands: chats,
      verifyApp: async (token) =>
        token === "functions" ? { azp: appId } : token === "someone" ? { azp: randomUUID() } : undefined,
      memoryShare: () => live.memoryShare,
      random: () => 0,
      clock,
      log: { info: log, warn: log, error: log },
    });
    const server = bridgeServer(app, requestWithinMs);
    servers.push(server);
    return { app, server, host: await listening(server) };
  }
  const first = await bridge();

  const facts = { issuer, audience: resourceId, expiresInSeconds: 300 };
  async function token(changes: Partial<typeof facts & { algorithm: "none" | "HS256"; key: "stranger" }> = {}): Promise<string> {
    const { issuer, audience, expiresInSeconds, algorithm, key } = { ...facts, algorithm: undefined, key: undefined, ...changes };
    const now = Math.floor(clock.nowMs() / 1_000);
    // The service signs another token for each request.
    const claims = { iss: issuer, aud: audience, iat: now, exp: now + expiresInSeconds, jti: randomUUID() };
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
      connection_id: "connection-1",
      media_nonce_sha256: digest(nonce),
      ...changes,
    });
    return { callId, nonce, path: `/media/${callId}?nonce=${nonce}` };
  }

  /** What the functions app does when a call's sound was lost: its address opens once more. */
  async function rearm(callId: string): Promise<void> {
    await store.change(callId, (record) => ({
      ...record,
      ...(record.media_used ? { media_nonce_sha256: record.media_used.nonce_sha256 } : {}),
    }));
  }

  /** Knocks as Call Automation does; the status of a refusal, or the connected phone. */
  function connect(
    path: string,
    options: ClientOptions = {},
    host = first.host,
  ): Promise<number | { socket: WebSocket; inbox: Inbox }> {
    const socket = new WebSocket(`ws://${host}${path}`, { perMessageDeflate: false, ...options });
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

  async function phone(path: string, host = first.host, signed?: string, options: ClientOptions = {}) {
    const headers = { authorization: `Bearer ${signed ?? (await token())}`, "x-ms-call-connection-id": "connection-1" };
    const connected = await connect(path, { ...options, headers }, host);
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
    app: first.app,
    server: first.server,
    host: first.host,
    replica: bridge,
    clock,
    model,
    network,
    live,
    listeners,
    store,
    documents,
    done,
    lines,
    token,
    call,
    rearm,
    connect,
    phone,
    tells: (callId: string, news: CallNews) => {
      for (const tell of listeners.get(callId) ?? []) tell(news);
    },
    stopIssuer: () => {
      issuerServer.closeAllConnections();
      issuerServer.close();
    },
    close() {
      model.close();
      for (const server of [issuerServer, ...servers]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
export type Line = Awaited<ReturnType<typeof openLine>>;

const open: Line[] = [];

/** A line that ends with the test: every file that uses it closes what it opened with `closeLines`. */
export async function line(...options: Parameters<typeof openLine>): Promise<Line> {
  const opened = await openLine(...options);
  open.push(opened);
  return opened;
}

export function closeLines(): void {
  for (const each of open.splice(0)) each.close();
}

/** 20 ms of a phone's sound, base64. */
export const frame = Buffer.alloc(960, 0x11).toString("base64");
/** A second of the model's sound, base64. */
export const speech = Buffer.alloc(48_000, 0x22).toString("base64");

/** A greeted call: the phone is connected and the model listens. */
export async function connected(on: Line) {
  const { callId, path } = await on.call();
  const at = on.model.sessions.length;
  const phone = await on.phone(path);
  phone.describes();
  const model = await on.model.session(at);
  const update = await model.inbox.next("session.update");
  model.says({ type: "session.updated", session: {} });
  const greeting = await model.inbox.next("response.create");
  return { callId, path, phone, model, update, greeting };
}
