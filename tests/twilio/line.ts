/**
 * A phone line by Twilio from end to end: the laptop's telephone network and its Twilio, the functions app's routes, a bridge on a real socket,
 * and a model that says what a test makes it say. One clock moves all of it, 20 ms at a time.
 */

import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { Hono } from "hono";
import { freePort } from "../../laptop/free-port.ts";
import type { Ending, Moment, Party, Seat } from "../../laptop/telephone/conversation.ts";
import { Exchange, type Ringing, type Subscriber } from "../../laptop/telephone/exchange.ts";
import { createTwilio, type TwilioArgs } from "../../laptop/twilio/twilio.ts";
import { type Ear, openVoice } from "../../laptop/voice/voice.ts";
import { BridgeApp } from "../../runtime/bridge/bridge-app.ts";
import { bridgeServer } from "../../runtime/bridge/bridge-server.ts";
import { twilioMedia } from "../../runtime/bridge/telephone/twilio.ts";
import type { ModelCommand, ModelEvent, OpenVoiceModel, Purpose } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { CallNews } from "../../runtime/calls/news.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { callStore } from "../../runtime/calls/store.ts";
import type { ToolEffect } from "../../runtime/calls/tool.ts";
import { defaultFlags } from "../../runtime/flags.ts";
import { twilioRoutes } from "../../runtime/http/twilio.ts";
import { Problem } from "../../runtime/problem.ts";
import type { ReceivedText } from "../../runtime/services/text-queue.ts";
import { openTwilio } from "../../runtime/services/twilio.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { noCarried } from "../support/no-carried.ts";
import { noChats } from "../support/no-chats.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

export const authToken = "0123456789abcdef0123456789abcdef";
export const accountSid = `AC${"a".repeat(32)}`;
export const number = "+33199002737";
/** Who a caller is handed over to. */
export const colleague = "+33144556677";
export const functionsUrl = "https://app.example";

const voice = await openVoice();

/** Longer than anything here takes, in the network's time. */
const patienceMs = 120_000;

/** A phone on the network: what its holder does and hears. */
class Phone implements Party, Subscriber {
  readonly heard: string[] = [];
  readonly number: string;
  /** Frames of sound heard, and whether the last one had any. */
  frames = 0;
  hearsSound = false;
  ringing: Ringing | undefined;
  ending: Ending | undefined;
  readonly texts: string[] = [];
  readonly ear: Ear = voice.ear();
  seat: Seat | undefined;
  isConnected = false;

  constructor(number: string) {
    this.number = number;
  }
  ring(ringing: Ringing): void {
    this.ringing = ringing;
    ringing.stopped(() => {
      this.ringing = undefined;
    });
  }
  answered(): void {
    this.isConnected = true;
  }
  moment({ heard }: Moment): void {
    // The last bit of mu-law is no sound.
    this.hearsSound = heard.pcm.some((each) => Math.abs(each) > 50);
    if (this.hearsSound) this.frames++;
    this.heard.push(...this.ear.hear(heard.pcm));
  }
  text({ words }: { words: string }): void {
    this.texts.push(words);
  }
  ended(ending: Ending): void {
    this.ending = ending;
    this.seat = undefined;
  }
  pickUp(): void {
    this.seat = this.ringing?.answer(this);
    this.ringing = undefined;
    this.isConnected = true;
  }
  says(words: string): void {
    this.seat?.speak(voice.speak(words));
  }
  hangUp(): void {
    this.seat?.leave();
    this.seat = undefined;
  }
}

/** One session of the model: what it was told, and a hand to make it speak. */
class Model {
  readonly commands: ModelCommand[] = [];
  readonly heard: string[] = [];
  closed = false;
  readonly #report: (event: ModelEvent) => void;
  readonly #ear = voice.ear();
  #responses = 0;

  constructor(report: (event: ModelEvent) => void) {
    this.#report = report;
  }
  send(command: ModelCommand): void {
    this.commands.push(command);
    if (command.kind !== "hear") return;
    const bytes = Buffer.from(command.audio.base64.toString("latin1"), "base64");
    this.heard.push(...this.#ear.hear(Int16Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readInt16LE(at * 2))));
  }
  reports(event: ModelEvent): void {
    this.#report(event);
  }
  /** Says the words for a purpose, as fast as the service does: all at once. */
  speaks(words: string, purpose: Purpose = "answer"): void {
    const responseId = `resp-${++this.#responses}`;
    const itemId = `item-${this.#responses}`;
    this.reports({ kind: "response_started", responseId, purpose });
    const pcm = voice.speak(words);
    const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    this.reports({ kind: "words", responseId, itemId, text: words });
    for (let at = 0; at < bytes.length; at += 9_600) {
      const piece = bytes.subarray(at, at + 9_600);
      const audio = { base64: Buffer.from(piece.toString("base64")), durationMs: piece.length / 48 };
      this.reports({ kind: "speech", responseId, itemId, contentIndex: 0, audio });
    }
    this.reports({ kind: "response_ended", responseId, outcome: "completed" });
  }
  /** Asks for a tool, which takes no arguments. */
  asksFor(name: string): void {
    const responseId = `resp-${++this.#responses}`;
    this.reports({ kind: "response_started", responseId, purpose: "answer" });
    this.reports({ kind: "tool_call", responseId, toolCallId: `tool-${responseId}`, name, argumentsJson: "{}" });
    this.reports({ kind: "response_ended", responseId, outcome: "completed" });
  }
  of<Kind extends ModelCommand["kind"]>(kind: Kind): Extract<ModelCommand, { kind: Kind }>[] {
    return this.commands.filter((each): each is Extract<ModelCommand, { kind: Kind }> => each.kind === kind);
  }
}

export interface LineOptions {
  readonly stirVerstat?: TwilioArgs["stirVerstat"];
  readonly secret?: string;
}

export async function openLine({ stirVerstat, secret = authToken }: LineOptions = {}) {
  const clock = new VirtualClock();
  const exchange = new Exchange({ clock });
  const store = callStore(memoryDocuments(), () => new Date(clock.nowMs()));
  const logged: unknown[][] = [];
  const write = (...line: unknown[]) => void logged.push(line);
  const log = { info: write, warn: write, error: write };
  const secrets = { read: async () => secret };
  const told: { callId: string; news: CallNews }[] = [];
  const texts: ReceivedText[] = [];
  const queued: string[] = [];
  const models: Model[] = [];
  const tells = new Map<string, (news: CallNews) => void>();
  const effects: Readonly<Record<string, ToolEffect>> = {
    end_call: { kind: "end_call" },
    talk_to_human: { kind: "transfer", to: colleague },
  };
  const flags = async () => ({ ...defaultFlags, vad_cutoff_timeout_ms: 0, phone_silence_timeout_sec: 0 });
  const open: OpenVoiceModel = (_request, report) => {
    const model = new Model(report);
    models.push(model);
    setImmediate(() => model.reports({ kind: "ready" }));
    return {
      send: (command) => model.send(command),
      brief: () => undefined,
      close: () => {
        model.closed = true;
      },
    };
  };

  const settings = {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_API: "https://api.twilio.example/",
    PHONE_NUMBER: number,
    DIALLABLE_COUNTRIES: "FR",
    FUNCTIONS_URL: functionsUrl,
    BRIDGE_URL: "",
    AGENT: JSON.stringify({ bot_company: "Contoso", bot_name: "Ada" }),
  };
  /** Requests to Twilio's API. */
  const api = (async (url: string, init: RequestInit) => standIn.fetch(new Request(url, init))) as typeof fetch;

  /** A bridge process: what it knows is its own. */
  async function bridge() {
    const carrier = openTwilio(settings, secrets, api);
    const build = (bridgeUrl: string) =>
      new BridgeApp({
        settings: { AZURE_CLIENT_ID: randomUUID(), CALLS_PER_REPLICA: "10" },
        store,
        media: [twilioMedia({ store, secrets, bridgeUrl, clock, carrier })],
        engines: () => [{ name: "realtime", open, deployment: "cheap" }],
        runTool: async ({ name }) => ({ content: "done", ...(effects[name] ? { effect: effects[name] } : {}) }),
        deliverDigits: async () => "delivered",
        sms: carrier,
        recording: { pause: async () => undefined, resume: async () => undefined },
        phrases: async (language, agent) => phrasesIn(language, agent),
        flags,
        news: {
          subscribe(callId, tell) {
            tells.set(callId, tell);
            return () => void tells.delete(callId);
          },
        },
        carried: noCarried,
        sidebands: noChats,
        verifyApp: async () => undefined,
        memoryShare: () => 0,
        random: () => 0,
        clock,
        log,
      });
    // The address is part of what is signed, so the door must know it.
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const app = build(url);
    const server = bridgeServer(app);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => sockets.add(socket));
    const dropSockets = () => {
      for (const socket of sockets) socket.destroy();
    };
    return {
      app,
      url,
      /** Loses the sockets and nothing else. */
      dropSockets,
      /** As a killed process is gone: every connection at once, and nobody listens any more. */
      kill: () => {
        dropSockets();
        server.close();
      },
    };
  }
  const first = await bridge();
  settings.BRIDGE_URL = first.url;
  const bridges = [first];

  const web = new Hono();
  web.route(
    "/",
    twilioRoutes({
      settings,
      store,
      secrets,
      texts: { add: async (text) => void texts.push(text) },
      flags,
      afterCall: { add: async (callId) => void queued.push(callId) },
      news: {
        async publish(callId, news) {
          told.push({ callId, news });
          tells.get(callId)?.(news);
          return tells.has(callId);
        },
      },
      log,
      now: () => new Date(clock.nowMs()),
      newNonce: randomUUID,
    }),
  );
  web.onError((error) => {
    if (error instanceof Problem)
      return Response.json({ error: error.message, details: error.details }, { status: error.status });
    throw error;
  });
  /** Webhooks that the app answered, as path and status. */
  const webhooks: string[] = [];
  const standIn = createTwilio({
    clock,
    exchange,
    accountSid,
    authToken,
    numbers: {
      [number]: {
        voiceUrl: `${functionsUrl}/twilio/voice`,
        smsUrl: `${functionsUrl}/twilio/sms`,
        statusCallback: `${functionsUrl}/twilio/status`,
      },
    },
    voice,
    ...(stirVerstat ? { stirVerstat } : {}),
    fetch: (async (url: string, init: RequestInit) => {
      const answer = await web.request(url, init);
      webhooks.push(`${new URL(url).pathname.split("/").slice(0, 3).join("/")} ${answer.status}`);
      return answer;
    }) as typeof fetch,
  });

  const phones = new Map<string, Phone>();
  return {
    clock,
    store,
    exchange,
    web,
    webhooks,
    models,
    told,
    texts,
    queued,
    logged,
    settings,
    standIn,
    api,
    carrier: openTwilio(settings, secrets, api),
    bridge: first,
    /** Starts another bridge process; calls connected from now on come to it. */
    async replaceBridge() {
      const next = await bridge();
      bridges.push(next);
      settings.BRIDGE_URL = next.url;
      return next;
    },
    phone(phoneNumber: string): Phone {
      const phone = phones.get(phoneNumber) ?? new Phone(phoneNumber);
      if (!phones.has(phoneNumber)) exchange.register(phoneNumber, phone);
      phones.set(phoneNumber, phone);
      return phone;
    },
    dials(phone: Phone, to = number): void {
      phone.seat = exchange.dial(phone.number, to, phone);
    },
    /** Lets the network's time pass until something is so. Sockets get their turn between two frames. */
    async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
      for (let passedMs = 0; passedMs < patienceMs; passedMs += 20) {
        for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
        if (await isSo()) return;
        clock.pass(20);
      }
      throw new Error(`It never came to this: ${what}.`);
    },
    /** Lets some of the network's time pass. */
    async passes(durationMs: number): Promise<void> {
      for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
        clock.pass(20);
        for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    /** The session of the model that is open, once there are `count`. */
    async model(count = 1): Promise<Model> {
      await this.until(`session ${count} of the model`, () => models.length >= count);
      const model = models[count - 1];
      if (!model) throw new Error("no model");
      return model;
    },
    close() {
      standIn.close?.();
      for (const each of bridges) each.kill();
      for (const phone of phones.values()) phone.ear.close();
    },
  };
}
export type Line = Awaited<ReturnType<typeof openLine>>;
