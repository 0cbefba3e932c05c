/** The bridge as a whole: which calls are live, who may connect, and how it stops. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { Call } from "../calls/call.ts";
import type { Flags } from "../flags.ts";
import type { Verify } from "../http/verify.ts";
import type { CallAutomation } from "../services/call-automation.ts";
import type { FlagReader } from "../services/flags.ts";
import { type CallResources, type LiveCall, runCall } from "./call-driver.ts";
import type { Clock } from "./clock.ts";
import { maxFrameBytes } from "./frames.ts";
import { type SidebandRequest, sidebandSchema } from "./sideband.ts";
import { acsTelephone } from "./telephone/acs.ts";
import { admit, MediaRefusal } from "./telephone/media-door.ts";
import type { OpenVoiceModel } from "./voice-model/voice-model.ts";

export interface BridgeServices {
  readonly settings: { OPENAI_REALTIME_CHEAP: string; OPENAI_REALTIME_STRONG: string; AZURE_CLIENT_ID: string };
  readonly store: CallResources["store"];
  readonly automation: Pick<CallAutomation, "hangUp" | "transfer">;
  readonly openModel: OpenVoiceModel;
  readonly runTool: CallResources["runTool"];
  readonly flags: FlagReader;
  readonly sidebands: { attach(request: SidebandRequest): Promise<void>; close(): void };
  /** Tokens of Call Automation for our resource. */
  readonly verifyMedia: Verify;
  /** Tokens of the directory for our app registration. */
  readonly verifyApp: Verify;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

interface Admission {
  readonly call: Call;
  readonly flags: Flags;
}

export class BridgeApp {
  readonly #services: BridgeServices;
  readonly #calls = new Set<LiveCall>();
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxFrameBytes });
  #draining = false;

  constructor(services: BridgeServices) {
    this.#services = services;
  }

  /** 200 while new calls may come, 503 once the app drains. */
  readiness(): Response {
    const [status, word] = this.#draining ? [503, "draining"] : [200, "ready"];
    return Response.json({ status: word, calls: this.#calls.size }, { status: status as number });
  }

  /** Attaches to a browser's chat session for the functions app, whose identity is ours too. */
  async attachSideband(request: Request): Promise<Response> {
    const { settings, sidebands, log } = this.#services;
    const claims = await this.#claimsOf(request);
    if (claims === "unknown") return failure(503, "The directory's keys cannot be had now; try again.");
    if (!claims) return failure(401, "Ask with a token of the directory for this app's registration.");
    if ((claims.azp ?? claims.appid) !== settings.AZURE_CLIENT_ID)
      return failure(403, "Only the functions app of this customer may ask.");
    const asked = sidebandSchema.safeParse(await request.json().catch(() => undefined));
    if (!asked.success) {
      const details = asked.error.issues.map((each) => `${each.path.join(".") || "body"}: ${each.message}`);
      return failure(422, "The session is not described as it must be.", details);
    }
    try {
      await sidebands.attach(asked.data);
      return new Response(null, { status: 204 });
    } catch {
      log.warn("a chat session could not be joined");
      return failure(502, "The model service did not let the bridge join the session; it may have ended.");
    }
  }

  async #claimsOf(request: Request): Promise<Awaited<ReturnType<Verify>> | "unknown"> {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    return token ? this.#services.verifyApp(token).catch(() => "unknown" as const) : undefined;
  }

  /** Takes over an upgrade request of a phone's sound, or answers why not before the upgrade completes. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    this.#admit(request)
      .then(
        (admission) => this.#sockets.handleUpgrade(request, socket, head, (media) => this.#run(admission, request, media)),
        (reason: unknown) => refuse(socket, this.#refusalFor(reason)),
      )
      .catch(() => {
        // One call that cannot be run takes no other with it.
        this.#services.log.error("a media socket could not be taken over");
        socket.destroy();
      });
  }

  /** No new calls; the live ones finish by themselves or are ended after `withinMs`. */
  async drain(withinMs: number): Promise<void> {
    this.#draining = true;
    const cancel = this.#services.clock.after(withinMs, () => {
      for (const call of this.#calls) call.stop();
    });
    await Promise.all([...this.#calls].map((call) => call.ended));
    cancel();
    this.#services.sidebands.close();
  }

  async #admit({ url = "/", headers }: IncomingMessage): Promise<Admission> {
    const { store, verifyMedia, flags } = this.#services;
    this.#refuseWhenDraining();
    const call = await admit({ url, authorization: headers.authorization }, { store, verify: verifyMedia });
    const admission = { call, flags: await flags() };
    this.#refuseWhenDraining();
    return admission;
  }

  #refuseWhenDraining(): void {
    if (this.#draining) throw new MediaRefusal(503, "This bridge takes no new calls; another one does.");
  }

  #refusalFor(reason: unknown): MediaRefusal {
    const { log } = this.#services;
    const refusal =
      reason instanceof MediaRefusal ? reason : new MediaRefusal(503, "The call's record cannot be had now; try again.");
    log.warn({ status: refusal.status }, "a media socket was refused");
    return refusal;
  }

  #run({ call, flags }: Admission, request: IncomingMessage, socket: WebSocket): void {
    const { automation, clock, log, store } = this.#services;
    const header = request.headers["x-ms-call-connection-id"];
    const connectionId = async () => {
      const id = typeof header === "string" ? header : (await store.get(call.call_id))?.connection_id;
      if (!id) throw new Error("The call's connection id is not known.");
      return id;
    };
    const telephone = acsTelephone({ socket, connectionId, automation, clock });
    const { OPENAI_REALTIME_STRONG, OPENAI_REALTIME_CHEAP } = this.#services.settings;
    const deployment = flags.slow_llm_for_chat ? OPENAI_REALTIME_STRONG : OPENAI_REALTIME_CHEAP;
    const live = runCall(call, telephone, { ...this.#services, flags, deployment });
    this.#calls.add(live);
    log.info({ callId: call.call_id }, "a call is connected");
    void live.ended.then(() => {
      this.#calls.delete(live);
      log.info({ callId: call.call_id }, "a call has ended");
    });
  }
}

function failure(status: number, message: string, details: readonly string[] = []): Response {
  return Response.json({ error: { message, details } }, { status });
}

const reasons: Readonly<Record<MediaRefusal["status"], string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  503: "Service Unavailable",
};

function refuse(socket: Duplex, { status, message }: MediaRefusal): void {
  const body = JSON.stringify({ error: { message, details: [] } });
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${status === 401 ? "WWW-Authenticate: Bearer\r\n" : ""}Connection: close\r\n\r\n${body}`,
  );
}
