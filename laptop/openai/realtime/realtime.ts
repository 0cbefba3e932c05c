/** The account's realtime sessions: who may open one, the calls that can be listened in on, and their end. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Principal, Refusal } from "../../identity/access.ts";
import { InvalidRequest } from "../answers.ts";
import type { Deployments } from "../deployments.ts";
import type { OpenAIParts } from "../parts.ts";
import type { UpstreamSecret } from "../upstream-calls.ts";
import type { Webhooks } from "../webhooks.ts";
import { ClientSecrets } from "./client-secrets.ts";
import type { Peer } from "./peer.ts";
import { RealtimeSession } from "./session.ts";
import { defaultSettings, type SessionSettings, updated } from "./settings.ts";
import { Sip, SipCall } from "./sip.ts";
import { accept, couple } from "./sockets.ts";

export interface RealtimeParts extends OpenAIParts {
  readonly newId: (prefix: string) => string;
  readonly deployments: Deployments;
  readonly webhooks: Webhooks;
}

/** A call whose sound the service carries: by WebRTC, or from a SIP trunk. */
interface Call {
  readonly session: RealtimeSession;
  carrier?: Peer | SipCall;
}

/** How much of a session `broken-stream` lets through before the socket dies. */
const eventsBeforeBreak = 5;

export class Realtime {
  readonly #parts: RealtimeParts;
  readonly #secrets: ClientSecrets;
  readonly #sessions = new Set<RealtimeSession>();
  readonly #calls = new Map<string, Call>();
  readonly #sideSockets = new Set<object>();
  readonly #sip: Sip | undefined;

  constructor(parts: RealtimeParts) {
    this.#parts = parts;
    this.#sip = parts.trunk && new Sip(parts.trunk, parts);
    this.#secrets = new ClientSecrets(parts.clock, parts.newId);
  }

  /** A new session's settings from a request's `session`; throws `Refusal`. */
  settingsFrom(session: unknown): SessionSettings {
    return updated(defaultSettings(this.deploymentIn(session)), session);
  }

  /** The realtime deployment that a request's `session` names; throws `Refusal`. */
  deploymentIn(session: unknown): string {
    const { model } = (session ?? {}) as { model?: unknown };
    if (typeof model !== "string")
      throw new InvalidRequest(
        "Missing required parameter: 'session.model', the name of a deployment.",
        "session.model",
        "missing_required_parameter",
      );
    return this.#parts.deployments.find(model, "realtime").name;
  }

  createSecret(settings: SessionSettings, expiresAfter: unknown): Record<string, unknown> {
    const secret = this.#secrets.create(settings, expiresAfter);
    return {
      ...secret,
      session: { ...settings, id: this.#parts.newId("sess"), object: "realtime.session", expires_at: secret.expires_at },
    };
  }

  /** Our secret for one of the model's own server, for the deployment whose session it opens. */
  keepUpstreamSecret(deployment: string, { value, expiresAtMs, session }: UpstreamSecret): Record<string, unknown> {
    const kept = this.#secrets.keep({ settings: defaultSettings(deployment), expiresAtMs, upstream: value });
    return { ...kept, session: { ...session, model: deployment } };
  }

  /** The secret of the model's own server that the caller's stands for. */
  upstreamSecret(authorization: string | undefined): string | undefined {
    return this.#secrets.find(secretIn(authorization) ?? "")?.upstream;
  }

  /** What the caller may open: the session of their ephemeral secret, or any deployment with an Entra token. */
  async allowed(
    authorization: string | undefined,
    model: string | undefined,
    authorize: (authorization: string | undefined) => Promise<Principal>,
  ): Promise<SessionSettings> {
    const secret = secretIn(authorization);
    if (!secret) {
      await authorize(authorization);
      return defaultSettings(this.#parts.deployments.find(model, "realtime").name);
    }
    const settings = this.#secrets.find(secret)?.settings;
    if (!settings)
      throw new Refusal(
        401,
        "401",
        "The ephemeral secret is unknown or has expired. Ask for a new one at /openai/v1/realtime/client_secrets.",
      );
    if (model !== undefined && model !== settings.model)
      throw new Refusal(401, "401", "The ephemeral secret is for another deployment.");
    this.#parts.deployments.find(settings.model, "realtime");
    return settings;
  }

  connect(settings: SessionSettings, request: IncomingMessage, socket: Duplex, head: Buffer, breaks: boolean): void {
    accept(request, socket, head, (webSocket) => {
      couple(webSocket, this.#session(settings), { owner: true });
      if (!breaks) return;
      let left = eventsBeforeBreak;
      webSocket.on("message", () => {
        if (--left <= 0) webSocket.terminate();
      });
    });
  }

  /** What is open now. */
  get openNow(): Readonly<Record<string, number>> {
    return { sessions: this.#sessions.size, calls: this.#calls.size, "side sockets": this.#sideSockets.size };
  }

  /** Opens a WebRTC call; throws `InvalidRequest` for an offer that cannot be answered. */
  async open(settings: SessionSettings, offer: string, filter: boolean): Promise<{ callId: string; answer: string }> {
    if (!offer.startsWith("v=0")) throw new InvalidRequest("The body is no SDP offer.", null, "invalid_offer");
    const callId = this.#parts.newId("rtc");
    const session = this.#session(settings, () => this.#drop(callId));
    const call: Call = { session };
    this.#calls.set(callId, call);
    // Loaded with the first call: a WebRTC stack costs start-up time that most runs never need.
    const { answerOffer } = await import("./peer.ts");
    const streamId = Math.floor(this.#parts.random() * 2 ** 32);
    const peer = await answerOffer({ session, clock: this.#parts.clock, offer, filter, streamId }).catch((error: unknown) => {
      session.close();
      throw new InvalidRequest(
        `The SDP offer cannot be answered: ${error instanceof Error ? error.message : "unknown reason"}.`,
        null,
        "invalid_offer",
      );
    });
    call.carrier = peer;
    return { callId, answer: peer.answer };
  }

  /** Whoever asks for a trunk's calls has pointed it here. */
  connectTrunk(): void {
    this.#sip?.connect();
  }

  /** Takes a ringing SIP call with these settings; throws `Refusal`. */
  acceptSip(callId: string, asked: unknown): void {
    const settings = this.settingsFrom(asked);
    const { trunk, clock } = this.#parts;
    if (!trunk || !this.#sip) throw noTrunk();
    const ringing = this.#sip.take(callId);
    const session = this.#session(settings, () => this.#drop(callId));
    this.#calls.set(callId, { session, carrier: new SipCall(ringing, session, trunk, clock) });
  }

  rejectSip(callId: string, status: unknown): void {
    if (!this.#sip) throw noTrunk();
    this.#sip.reject(callId, status);
  }

  referSip(callId: string, target: unknown): void {
    const { carrier } = this.#call(callId);
    if (!(carrier instanceof SipCall))
      throw new InvalidRequest("Only SIP calls can be referred; this one is carried by WebRTC.", null, "invalid_call");
    carrier.refer(target);
  }

  listenIn(callId: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { session } = this.#call(callId);
    accept(request, socket, head, (webSocket) => {
      this.#sideSockets.add(webSocket);
      webSocket.on("close", () => this.#sideSockets.delete(webSocket));
      couple(webSocket, session, { owner: false });
    });
  }

  hangUp(callId: string): void {
    this.#call(callId).session.close(1_000, "hung up");
  }

  async close(): Promise<void> {
    this.#sip?.close();
    const carriers = [...this.#calls.values()].map(({ carrier }) => carrier);
    for (const session of this.#sessions) session.close(1_001, "the service stops");
    await Promise.all(carriers.map((carrier) => carrier?.close()));
  }

  #call(callId: string): Call {
    const call = this.#calls.get(callId);
    if (!call) throw new Refusal(404, "call_id_not_found", "No session found for the provided call_id.");
    return call;
  }

  #drop(callId: string): void {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    void call?.carrier?.close();
  }

  #session(settings: SessionSettings, ended: () => void = () => {}): RealtimeSession {
    const { clock, model, voice, random, newId, deployments } = this.#parts;
    const tokensPerMinute = deployments.find(settings.model, "realtime").capacity * 1_000;
    const session: RealtimeSession = new RealtimeSession({
      clock,
      model,
      voice,
      random,
      newId,
      settings,
      tokensPerMinute,
      ended: () => {
        this.#sessions.delete(session);
        ended();
      },
    });
    this.#sessions.add(session);
    return session;
  }
}

const noTrunk = () => new Refusal(404, "call_id_not_found", "No session found for the provided call_id.");

const secretIn = (authorization: string | undefined): string | undefined => /^Bearer (ek_\S+)$/.exec(authorization ?? "")?.[1];
