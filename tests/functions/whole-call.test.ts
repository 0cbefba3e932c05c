/** A call through the telephone network and the model of the laptop: what the app does and decides, end to end, without audio. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { createCallAutomationAuthority } from "../../laptop/communication/authority.ts";
import { createCommunication, type PublishedEvent } from "../../laptop/communication/communication.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI } from "../../laptop/openai/open-ai.ts";
import type { Party, Seat } from "../../laptop/telephone/conversation.ts";
import { Exchange, type Ringing } from "../../laptop/telephone/exchange.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { afterCall } from "../../runtime/calls/after-call.ts";
import { incomingCall } from "../../runtime/calls/inbound.ts";
import type { CallView } from "../../runtime/calls/view.ts";
import { callbackVerifier } from "../../runtime/http/verify.ts";
import { smsReceived } from "../../runtime/messages/inbound.ts";
import { openCallAutomation } from "../../runtime/services/call-automation.ts";
import { openModels } from "../../runtime/services/openai.ts";
import { openSms } from "../../runtime/services/sms.ts";
import { openWorld, type World } from "../support/stand-in.ts";
import { documentedBody, environment, type Office, openOffice, resourceId } from "./office.ts";

const system = environment.PHONE_NUMBER ?? "";
const person = "+33612345678";
const silent: Party = { moment: () => undefined, digit: () => undefined, ended: () => undefined };

let world: World;
let voice: Voice;
let exchange: Exchange;
let office: Office;
let bridgeIsThere = true;
let unplug: (() => void) | undefined;
afterEach(() => {
  unplug?.();
  unplug = undefined;
  bridgeIsThere = true;
});
const events: PublishedEvent[] = [];
/** Looked at again whenever the app has answered a request or an event was published: nothing here looks at a clock. */
const waiting = new Set<() => void>();
const happened = (): void => {
  for (const look of [...waiting]) look();
};

function until<Found>(find: () => Promise<Found | undefined | false>): Promise<Found> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      find().then((found) => {
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      }, reject);
    };
    waiting.add(look);
    look();
  });
}

beforeAll(async () => {
  world = await openWorld();
  voice = await openVoice();
  const app = world.identity();
  const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/communicationServices/c";
  const openAIId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/openai";
  world.grant({ objectId: app.objectId, role: "Communication and Email Service Owner", scope: accountId });
  world.grant({ objectId: app.objectId, role: "Cognitive Services OpenAI User", scope: openAIId });

  const authority = await createCallAutomationAuthority({ clock: world.clock, folder: join(world.home, "communication") });
  const issuer = (await world.start(authority.service)).url;
  authority.setIssuer(issuer);
  exchange = new Exchange({ clock: world.clock });
  const communication = createCommunication({
    access: world.directory,
    accountId,
    immutableResourceId: resourceId,
    clock: world.clock,
    random: Math.random,
    authority,
    publish: (event) => {
      events.push(event);
      happened();
    },
    exchange,
    voice,
    numbers: [system],
  });
  const models = createOpenAI({
    access: world.directory,
    accountId: openAIId,
    clock: world.clock,
    model: createModel(),
    voice,
    random: Math.random,
  });
  for (const name of ["chat-fast", "chat-strong"])
    models.createDeployment({ name, model: "gpt-5-mini", version: "2026-01-01", capacity: 100 });

  let answer: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 });
  const bridge = new WebSocketServer({ noServer: true });
  const functionsUrl = (
    await world.start({
      // The bridge's place: it takes every socket, and says nothing.
      upgrade(request, socket, head) {
        if (bridgeIsThere) bridge.handleUpgrade(request, socket, head, () => undefined);
        else socket.destroy();
      },
      close: () => bridge.close(),
      async fetch(request) {
        const response = await answer(request);
        happened();
        return response;
      },
    })
  ).url;
  const endpoints = {
    COMMUNICATION_ENDPOINT: (await world.start(communication)).url,
    OPENAI_ENDPOINT: (await world.start(models)).url,
  };
  const settings = { ...environment, ...endpoints } as never;
  const now = () => new Date();
  office = await openOffice({
    environment: { ...endpoints, FUNCTIONS_URL: functionsUrl, BRIDGE_URL: functionsUrl },
    services: {
      automation: openCallAutomation(settings, app.credential),
      sms: openSms(settings, app.credential),
      models: openModels(settings, app.credential),
      now,
    },
    callback: callbackVerifier({ CALL_AUTOMATION_AUTHORITY: issuer, COMMUNICATION_RESOURCE_ID: resourceId }, now),
  });
  office.clock.nowMs = Date.now();
  answer = async (request) => office.web.fetch(request);
});
afterAll(async () => {
  await world.close();
});

/** A phone at `person`'s number that does `pickUp` as soon as it rings, and keeps the texts it gets. */
function phone(pickUp: (ringing: Ringing) => void = () => undefined) {
  const texts: string[] = [];
  // A hand takes a moment to reach the phone: it never picks up within the ring itself.
  unplug = exchange.register(person, {
    ring: (ringing) => queueMicrotask(() => pickUp(ringing)),
    text: ({ words }) => void texts.push(words),
  });
  return texts;
}

const dialled = async () =>
  (await (await office.request("supervisor", "POST", "/call", { ...documentedBody, phone_number: person })).json()) as CallView;
const shown = async (callId: string) => (await (await office.request("viewer", "GET", `/call/${callId}`)).json()) as CallView;

test("a dialled phone rings, picks up, hangs up; the call says so; and what was said is summed up by the model and texted", async () => {
  let seat: Seat | undefined;
  const texts = phone((ringing) => {
    seat = ringing.answer(silent);
  });
  const { call_id } = await dialled();
  await until(async () => (await shown(call_id)).status === "connected");
  await office.services.store.append(call_id, {
    id: "turn-1",
    created_at: new Date().toISOString(),
    persona: "human",
    action: "talk",
    content: "My laptop's screen is broken since yesterday, thank you for your help.",
    style: "none",
    tool_calls: [],
  });
  seat?.leave();
  await until(async () => (await shown(call_id)).status === "ended");
  expect(await shown(call_id)).toMatchObject({ ended_reason: "completed" });
  await until(async () => office.done.queued.includes(call_id));

  for (let run = 0; run < 2; run++) await afterCall(office.services, { callId: call_id });
  const call = await shown(call_id);
  expect(call.synthesis).toBeDefined();
  expect(call.next).toBeDefined();
  expect(texts).toEqual(call.messages.filter((each) => each.action === "sms").map((each) => each.content));
  expect(texts).toHaveLength(1);
});

test.each([
  ["busy", "busy"],
  ["declined", "busy"],
] as const)("a phone that is %s leaves a call that ended as %s", async (ending, reason) => {
  phone((ringing) => ringing.refuse(ending));
  const { call_id } = await dialled();
  await until(async () => (await shown(call_id)).status === "ended");
  expect((await shown(call_id)).ended_reason).toBe(reason);
});

test("hanging up from our side frees the phone", async () => {
  let freed = false;
  const party: Party = {
    ...silent,
    ended() {
      freed = true;
    },
  };
  phone((ringing) => ringing.answer(party));
  const { call_id } = await dialled();
  await until(async () => (await shown(call_id)).status === "connected");
  expect(await (await office.request("supervisor", "DELETE", `/call/${call_id}`)).json()).toMatchObject({
    status: "ended",
    ended_reason: "completed",
  });
  expect(freed).toBe(true);
});

test("a caller is answered once, and one who gave up before we came is missed", async () => {
  const rung = async (from: string) => {
    const before = events.length;
    const seat = exchange.dial(from, system, silent);
    const found = await until(async () =>
      events.slice(before).find((each) => each.type === "Microsoft.Communication.IncomingCall"),
    );
    return { seat, event: { id: "event", time: new Date().toISOString(), ...found } };
  };
  const answered = await rung("+33612345601");
  await incomingCall(office.services, answered.event);
  await incomingCall(office.services, answered.event);
  const { call_id } = (await office.services.store.latestFor("+33612345601"))!;
  await until(async () => (await shown(call_id)).status === "connected");
  answered.seat.leave();
  await until(async () => (await shown(call_id)).ended_reason === "completed");

  const impatient = await rung("+33612345602");
  impatient.seat.leave();
  await incomingCall(office.services, impatient.event);
  expect(await office.services.store.latestFor("+33612345602")).toMatchObject({ status: "ended", ended_reason: "missed" });
});

test("a caller whom no bridge speaks to hears so, and is called back", async () => {
  bridgeIsThere = false;
  const ear = voice.ear();
  const heard: string[] = [];
  let ending = "";
  phone((ringing) =>
    ringing.answer({
      moment: (moment) => void heard.push(...ear.hear(moment.heard.pcm)),
      ended(how) {
        ending = how;
      },
    }),
  );
  const { call_id } = await dialled();
  await until(async () => (await shown(call_id)).status === "ended");
  expect(heard).toEqual([
    "Un instant s'il vous plaît, je regarde.",
    "Un instant s'il vous plaît, je regarde.",
    "Un instant s'il vous plaît, je regarde.",
    "Un instant s'il vous plaît, je regarde.",
    "Je suis désolée, personne n'est disponible pour le moment. Merci d'avoir appelé Contoso. Au revoir !",
  ]);
  expect(await shown(call_id)).toMatchObject({
    ended_reason: "failed",
    media_restarts: 6,
    reminders: [{ title: "Call the customer back" }],
  });
  await until(async () => office.done.queued.includes(call_id));
  expect(ending).toBe("hung up");
  ear.close();
}, 60_000);

test("a text to the line is answered with a text by the model", async () => {
  const texts = phone();
  exchange.text(person, system, "Hello, what do you need from me?");
  const event = await until(async () => events.find((each) => each.type === "Microsoft.Communication.SMSReceived"));
  await smsReceived(office.services, { id: "event", time: new Date().toISOString(), ...event });
  expect(texts).toHaveLength(1);
});
