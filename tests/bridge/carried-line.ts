/**
 * A line that the model's service carries, whole: the stand-in of the service with its trunk on a telephone network, the functions app's doors
 * for it and a bridge, over real sockets. The clock runs fast, so that nobody waits for what is said.
 */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { Hono } from "hono";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI } from "../../laptop/openai/open-ai.ts";
import type { Moment, Party, Seat } from "../../laptop/telephone/conversation.ts";
import { Exchange } from "../../laptop/telephone/exchange.ts";
import { frameMs } from "../../laptop/telephone/frame.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { runCall } from "../../runtime/bridge/call-driver.ts";
import type { LiveCall } from "../../runtime/bridge/call-resources.ts";
import { startOf } from "../../runtime/bridge/call-start.ts";
import type { CarriedServices } from "../../runtime/bridge/carried.ts";
import { attachCarried } from "../../runtime/bridge/carried-door.ts";
import { lookOut } from "../../runtime/bridge/carried-lookout.ts";
import { openRealtimeCall } from "../../runtime/bridge/voice-model/realtime-call.ts";
import { concludeCarried } from "../../runtime/calls/inbound-carried.ts";
import type { CallNews } from "../../runtime/calls/news.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { openSteering } from "../../runtime/calls/steering.ts";
import { callStore } from "../../runtime/calls/store.ts";
import type { ToolOutcome } from "../../runtime/calls/tools.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";
import { type BrowserPhoneNeeds, browserPhoneRoutes } from "../../runtime/http/browser-phone.tsx";
import { problemAnswer } from "../../runtime/http/problem-answer.tsx";
import { sipRoutes } from "../../runtime/http/sip.ts";
import type { Web } from "../../runtime/http/staff.ts";
import type { Verify } from "../../runtime/http/verify.ts";
import { Problem } from "../../runtime/problem.ts";
import { openCarriedBridge } from "../../runtime/services/carried-bridge.ts";
import { openModels } from "../../runtime/services/openai.ts";
import { openRealtimeCalls } from "../../runtime/services/realtime-calls.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { openWorld } from "../support/stand-in.ts";

export const line = "+33199002737";
export const person = "+33612345678";
const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/openai";

export interface CarriedLineOptions {
  readonly flags?: Partial<Flags>;
  readonly tool?: (name: string) => Promise<ToolOutcome>;
}

export async function openCarriedLine({ flags = {}, tool }: CarriedLineOptions = {}) {
  const speed = 3;
  const startMs = Date.now();
  const clock = {
    nowMs: () => startMs + (Date.now() - startMs) * speed,
    after(delayMs: number, act: () => void) {
      const timer = setTimeout(act, delayMs / speed);
      return () => clearTimeout(timer);
    },
  };
  const now = () => new Date(clock.nowMs());
  const world = await openWorld();
  const voice = await openVoice();
  const exchange = new Exchange({ clock });
  const standIn = createOpenAI({
    access: world.directory,
    accountId,
    clock,
    model: createModel(),
    voice,
    random: Math.random,
    trunk: { exchange, numbers: [line] },
  });
  standIn.createDeployment({ name: "cheap", model: "gpt-realtime-2.1-mini", version: "2026-07-07", capacity: 100 });
  const identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "Cognitive Services OpenAI User", scope: accountId });
  const sockets = new Set<Duplex>();
  const openai = await world.start({
    ...standIn,
    upgrade(request, socket, head) {
      sockets.add(socket);
      standIn.upgrade?.(request, socket, head);
    },
  });

  const documents = memoryDocuments();
  const store = callStore(documents, now);
  const logged: unknown[][] = [];
  const log = {
    info: (...each: unknown[]) => void logged.push(each),
    warn: (...each: unknown[]) => void logged.push(each),
    error: (...each: unknown[]) => void logged.push(each),
  };
  const settings = {
    PHONE_NUMBER: line,
    AGENT: JSON.stringify({
      bot_company: "Contoso",
      bot_name: "Ada",
      agent_phone_number: person,
      lang: {
        default_short_code: "en-US",
        availables: [{ short_code: "en-US", voice: "en-US-ShimmerTurboMultilingualNeural", pronunciations_en: ["English"] }],
      },
    }),
    OPENAI_ENDPOINT: openai.url,
    OPENAI_REALTIME_CHEAP: "cheap",
    OPENAI_REALTIME_STRONG: "cheap",
    OPENAI_CHAT_FAST: "chat",
    OPENAI_CHAT_STRONG: "chat",
    OPENAI_EMBEDDING: "embedding",
    OPENAI_TRANSCRIPTION: "transcription",
    DIALLABLE_COUNTRIES: "FR",
    FUNCTIONS_URL: "https://app.example",
    AZURE_CLIENT_ID: identity.clientId,
    STAFF_CLIENT_ID: "https://cognitiveservices.azure.com",
  };
  /** A person by a name of their own; the app itself by the token it asked for. */
  const verify: Verify = async (token) => {
    if (token.startsWith("person-")) return { oid: token };
    return token.startsWith("ey") ? { azp: identity.clientId } : undefined;
  };
  const secrets = new Map<string, string>();
  const queued: string[] = [];
  const listeners = new Map<string, (news: CallNews) => void>();
  const news = {
    async publish(callId: string, told: CallNews) {
      listeners.get(callId)?.(told);
      return listeners.has(callId);
    },
    subscribe(callId: string, tell: (told: CallNews) => void) {
      listeners.set(callId, tell);
      return () => void listeners.delete(callId);
    },
    close: async () => undefined,
  };
  const realtimeCalls = openRealtimeCalls(settings, identity.credential);
  const services = {
    flags: async () => ({ ...defaultFlags, ...flags }),
    phrases: async (language: string, agent: Parameters<typeof phrasesIn>[1]) => phrasesIn(language, agent),
    clock,
  };

  const live = new Map<string, LiveCall>();
  const bridge = { refusal: undefined as string | undefined };
  const tools: string[] = [];
  const bridgeServices: CarriedServices = {
    store,
    calls: realtimeCalls,
    openCall: ({ callId, over }) =>
      openRealtimeCall({ settings, credential: identity.credential, transcription: "transcription", callId, clock, over }),
    refusal: () => bridge.refusal,
    async run(call, resumed, telephone, open) {
      const start = await startOf(call, resumed, services);
      const running = runCall(
        call,
        telephone,
        {
          store,
          engines: [{ name: "realtime", open, deployment: "cheap" }],
          carried: true,
          async runTool({ name }) {
            tools.push(name);
            return tool ? tool(name) : { content: "done" };
          },
          deliverDigits: async () => "done",
          sms: { send: async () => undefined },
          recording: { pause: async () => undefined, resume: async () => undefined },
          phrases: services.phrases,
          flags: services.flags,
          news,
          random: () => 0,
          clock,
          log,
        },
        start,
      );
      live.set(call.call_id, running);
      void running.ended.then(() => live.delete(call.call_id));
      return running;
    },
    conclude: (call) => concludeCarried(needs, call),
    steering: openSteering(documents, "bridge-1", now),
    clock,
    log,
  };
  const door = { settings: { AZURE_CLIENT_ID: identity.clientId }, verifyApp: verify };
  const bridgeRoutes = new Hono();
  bridgeRoutes.get("/readyz", () => new Response(null, { status: bridge.refusal ? 503 : 200 }));
  bridgeRoutes.post("/calls/carried", (context) => attachCarried(context.req.raw, { ...bridgeServices, ...door }));
  const bridgeListening = await world.start({ fetch: (request) => bridgeRoutes.fetch(request) });

  const needs: BrowserPhoneNeeds = {
    settings,
    store,
    documents,
    flags: services.flags,
    models: openModels(settings, identity.credential),
    afterCall: { add: async (callId) => void queued.push(callId) },
    realtimeCalls,
    carriedBridge: openCarriedBridge({ ...settings, BRIDGE_URL: bridgeListening.url }, identity.credential),
    news,
    log,
    now,
    newId: randomUUID,
    newNonce: randomUUID,
  };
  const endLookOut = lookOut(bridgeServices);
  const doors = new Hono<Web>();
  const functions = await world.start({ fetch: (request) => doors.fetch(request) });
  // On plain HTTP, as the laptop's browser opens it.
  settings.FUNCTIONS_URL = functions.url.replace("https:", "http:");
  doors.route("/", sipRoutes({ ...needs, settings, secrets: { read: async (name) => secrets.get(name) } }));
  doors.route("/", browserPhoneRoutes(needs, verify));
  doors.onError((error, context) => {
    if (error instanceof Problem) return problemAnswer(context, "nonce", error);
    throw error;
  });
  const authorization = async () => ({
    authorization: `Bearer ${(await identity.credential.getToken("https://cognitiveservices.azure.com/.default"))?.token}`,
    "content-type": "application/json",
  });

  return {
    voice,
    clock,
    exchange,
    standIn,
    store,
    documents,
    secrets,
    queued,
    tools,
    logged,
    live,
    bridge,
    doors,
    needs,
    identity,
    openai: openai.url,
    functions: functions.url,
    bridgeUrl: bridgeListening.url,
    door,
    /** Registers the webhook as a person does, and puts its secret into the vault. */
    async register(): Promise<string> {
      const answer = await fetch(`${openai.url}/openai/v1/dashboard/webhook_endpoints`, {
        method: "POST",
        headers: await authorization(),
        body: JSON.stringify({
          name: "phone line",
          url: `${functions.url}/sip/incoming`,
          event_types: ["realtime.call.incoming"],
        }),
      });
      const { signing_secret } = (await answer.json()) as { signing_secret: string };
      secrets.set("openai-webhook-secret", signing_secret);
      return signing_secret;
    },
    dial: (number: string) => new Phone(exchange, voice, number),
    /** The network between the bridge and the model's service fails for a moment. */
    breakSockets() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    answers: (number: string) => Phone.waiting(exchange, voice, number),
    async close() {
      endLookOut();
      for (const each of live.values()) each.stop();
      await Promise.all([...live.values()].map((each) => each.ended));
      await world.close();
    },
  };
}
export type CarriedLine = Awaited<ReturnType<typeof openCarriedLine>>;

/** A phone held by a test: it dials the line at once, or waits to be rung. */
export class Phone {
  readonly heard: string[] = [];
  readonly ended: Promise<string>;
  readonly #voice: Voice;
  readonly #wakers = new Set<() => void>();
  #seat: Seat | undefined;
  #soundMs = 0;
  #quietMs = 0;
  #end: (ending: string) => void = () => undefined;

  static waiting(exchange: Exchange, voice: Voice, number: string): Promise<Phone> {
    return new Promise((resolve) => {
      exchange.register(number, {
        ring(call) {
          const phone = new Phone(exchange, voice, number, (party) => call.answer(party));
          resolve(phone);
        },
      });
    });
  }

  constructor(exchange: Exchange, voice: Voice, number: string, answer?: (party: Party) => Seat) {
    this.#voice = voice;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const ear = voice.ear();
    const party = {
      moment: ({ heard }: Moment) => {
        this.heard.push(...ear.hear(heard.pcm));
        if (heard.silent) this.#quietMs += frameMs;
        else {
          this.#quietMs = 0;
          this.#soundMs += frameMs;
        }
        for (const wake of this.#wakers) wake();
      },
      ended: (ending: string) => this.#end(ending),
    };
    this.#seat = answer ? answer(party) : exchange.dial(number, line, party);
  }

  says(words: string): void {
    this.#seat?.speak(this.#voice.speak(words));
  }

  press(digit: "1" | "2" | "#"): void {
    this.#seat?.press(digit);
  }

  hangUp(): void {
    this.#seat?.leave();
  }

  /** Somebody has spoken for so long. */
  hearsFor(durationMs: number): Promise<void> {
    return this.#when(() => this.#soundMs >= durationMs);
  }

  /** Nobody speaks any more. */
  hearsNothing(): Promise<void> {
    return this.#when(() => this.#quietMs >= 300);
  }

  /** Everything heard, once it matches. */
  async hears(pattern: RegExp): Promise<string> {
    await this.#when(() => pattern.test(this.heard.join(" ")));
    return this.heard.join(" ");
  }

  #when(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#wakers.delete(look);
        resolve();
      };
      this.#wakers.add(look);
      look();
    });
  }
}
