/** What the runtime may rely on from Azure OpenAI's SIP side, through the official client: webhooks, and calls taken, declined, handed over and ended. */
import { getBearerTokenProvider } from "@azure/identity";
import OpenAI, { APIError } from "openai";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { wallClock } from "../../laptop/clock.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI, type OpenAIStandIn } from "../../laptop/openai/open-ai.ts";
import type { Ending } from "../../laptop/telephone/conversation.ts";
import { Exchange } from "../../laptop/telephone/exchange.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { BrowserPeer } from "../support/browser-peer.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/openai";
const scope = "https://cognitiveservices.azure.com/.default";
const line = "+33199002737";
const caller = "+33612345678";
const colleague = "+33687654321";

interface Delivery {
  readonly body: string;
  readonly headers: Record<string, string>;
}

let world: World;
let voice: Voice;
let exchange: Exchange;
let standIn: OpenAIStandIn;
let client: OpenAI;
let stranger: OpenAI;
let endpoint: string;
let token: () => Promise<string>;
const deliveries: Delivery[] = [];
let arrived: (() => void) | undefined;
/** What the app behind the webhook answers with, one after the other; 200 after these. */
const answers: number[] = [];
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  world = await openWorld();
  voice = await openVoice();
  exchange = new Exchange({ clock: wallClock });
  standIn = createOpenAI({
    access: world.directory,
    accountId,
    clock: wallClock,
    model: createModel(),
    voice,
    random: Math.random,
    trunk: { exchange, numbers: [line] },
  });
  standIn.createDeployment({ name: "voice", model: "gpt-realtime-2.1-mini", version: "2026-07-07", capacity: 100 });
  const app = world.identity();
  world.grant({ objectId: app.objectId, role: "Cognitive Services OpenAI User", scope: accountId });
  endpoint = (await world.start(standIn)).url;
  token = getBearerTokenProvider(app.credential, scope);
  const clientOf = (apiKey: () => Promise<string>) => new OpenAI({ baseURL: `${endpoint}/openai/v1`, apiKey, maxRetries: 0 });
  client = clientOf(token);
  stranger = clientOf(getBearerTokenProvider(world.identity().credential, scope));
});
afterAll(() => world.close());
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  deliveries.length = 0;
});

async function asked(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${endpoint}/openai/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** A webhook endpoint of an app, registered as Azure has it; its secret is shown in this answer alone. */
async function registered(): Promise<{ secret: string; id: string }> {
  const app = await world.start({
    async fetch(request) {
      deliveries.push({ body: await request.text(), headers: Object.fromEntries(request.headers) });
      arrived?.();
      return new Response(null, { status: answers.shift() ?? 200 });
    },
  });
  const answer = await asked("POST", "dashboard/webhook_endpoints", {
    name: "phone line",
    url: `${app.url}/sip/incoming`,
    event_types: ["realtime.call.incoming"],
  });
  const { id, signing_secret: secret } = (await answer.json()) as { id: string; signing_secret: string };
  open.push({ close: () => asked("DELETE", `dashboard/webhook_endpoints/${id}`) });
  return { secret, id };
}

async function delivered(count = 1): Promise<Delivery> {
  while (deliveries.length < count)
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  return deliveries[count - 1]!;
}

/** Somebody calls the line; what becomes of it. */
function calls(number = caller) {
  const heard: string[] = [];
  const ear = voice.ear();
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  const { promise: connected, resolve: connect } = Promise.withResolvers<void>();
  const seat = exchange.dial(number, line, {
    moment: ({ heard: frame }) => void heard.push(...ear.hear(frame.pcm)),
    answered: () => connect(),
    ended: end,
  });
  open.push({ close: () => seat.leave() });
  return { seat, heard, ended, connected };
}

const callIdIn = ({ body }: Delivery): string => (JSON.parse(body) as { data: { call_id: string } }).data.call_id;
const session = { type: "realtime" as const, model: "voice", instructions: "You are Ada." };

/** The side socket of a call: its events as they come. */
async function joined(callId: string) {
  const socket = new WebSocket(`${endpoint.replace("https", "wss")}/openai/v1/realtime?call_id=${callId}`, {
    headers: { authorization: `Bearer ${await token()}` },
  });
  open.push({ close: () => socket.terminate() });
  const events: { type: string; [key: string]: unknown }[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data) => {
    events.push(JSON.parse(data.toString()));
    for (const look of waiting) look();
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  return {
    events,
    closed,
    send: (event: object) => socket.send(JSON.stringify(event)),
    next: (type: string) =>
      new Promise<{ type: string; [key: string]: unknown }>((resolve) => {
        const look = () => {
          const found = events.find((each) => each.type === type);
          if (found) resolve(found);
        };
        waiting.push(look);
        look();
      }),
  };
}

async function refusal(attempt: Promise<unknown>): Promise<number> {
  const error = await attempt.catch((reason: unknown) => reason);
  if (!(error instanceof APIError)) throw new Error(`expected the API's error, got ${String(error)}`);
  return error.status as number;
}

test("an incoming call is told by a webhook that the client itself verifies, and nobody else can sign", async () => {
  const { secret } = await registered();
  calls();
  const { body, headers } = await delivered();
  const event = await client.webhooks.unwrap(body, headers, secret);
  expect(event).toMatchObject({
    object: "event",
    type: "realtime.call.incoming",
    data: { call_id: expect.stringMatching(/^rtc_/) },
  });
  if (event.type !== "realtime.call.incoming") throw new Error("another event");
  const header = (name: string) => event.data.sip_headers.find((each) => each.name === name)?.value;
  expect(header("From")).toContain(caller);
  expect(header("To")).toContain(line);
  await expect(client.webhooks.unwrap(`${body} `, headers, secret)).rejects.toThrow();
  await expect(client.webhooks.unwrap(body, headers, "whsec_c29tZWJvZHkgZWxzZSdz")).rejects.toThrow();
});

test("a webhook that is not answered well comes again under the same id, signed anew", async () => {
  const { secret } = await registered();
  answers.push(500);
  calls();
  const [first, second] = [await delivered(1), await delivered(2)];
  expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
  expect(second.body).toBe(first.body);
  await client.webhooks.unwrap(second.body, second.headers, secret);
});

test("an endpoint's secret is shown once; what cannot be told is not registered", async () => {
  const { secret, id } = await registered();
  const list = await (await asked("GET", "dashboard/webhook_endpoints")).text();
  expect(list).toContain(id);
  expect(list).not.toContain(secret);
  const good = { name: "line", url: "https://app.example/sip/incoming", event_types: ["realtime.call.incoming"] };
  for (const bad of [
    { ...good, url: "http://app.example" },
    { ...good, event_types: [] },
    { ...good, name: "" },
  ])
    expect((await asked("POST", "dashboard/webhook_endpoints", bad)).status).toBe(400);
  expect((await asked("DELETE", "dashboard/webhook_endpoints/whe_unknown")).status).toBe(404);
  const nobody = await fetch(`${endpoint}/openai/v1/dashboard/webhook_endpoints`, { method: "POST", body: JSON.stringify(good) });
  expect(nobody.status).toBe(401);
});

test("a call that was taken carries words both ways and tells its side socket what is played and pressed, but no sound", async () => {
  await registered();
  const phone = calls();
  const callId = callIdIn(await delivered());
  await client.realtime.calls.accept(callId, session);
  await phone.connected;
  const side = await joined(callId);
  side.send({
    type: "response.create",
    response: { instructions: 'Say exactly this to the caller, and nothing else: "Hello."' },
  });
  const started = await side.next("output_audio_buffer.started");
  const stopped = await side.next("output_audio_buffer.stopped");
  expect(stopped.response_id).toBe(started.response_id);
  expect(phone.heard.join(" ")).toBe("Hello.");
  phone.seat.press("7");
  expect(await side.next("input_audio_buffer.dtmf_event_received")).toMatchObject({
    event: "7",
    received_at: expect.any(Number),
  });
  phone.seat.speak(voice.speak("Good morning"));
  phone.seat.speak(new Int16Array(24_000));
  await side.next("input_audio_buffer.committed");
  expect(side.events.some((each) => each.type === "response.output_audio.delta")).toBe(false);
}, 30_000);

test("a caller who speaks over the model silences it, and the side socket learns how much was heard", async () => {
  await registered();
  const phone = calls();
  const callId = callIdIn(await delivered());
  await client.realtime.calls.accept(callId, session);
  await phone.connected;
  const side = await joined(callId);
  const words = "One two three four five six seven eight nine ten eleven twelve.";
  side.send({
    type: "response.create",
    response: { instructions: `Say exactly this to the caller, and nothing else: "${words}"` },
  });
  await side.next("output_audio_buffer.started");
  phone.seat.speak(voice.speak("Stop"));
  const cleared = await side.next("output_audio_buffer.cleared");
  const truncated = await side.next("conversation.item.truncated");
  expect(truncated.audio_end_ms).toBeLessThan(2_000);
  const types = side.events.map((each) => each.type);
  expect(types.indexOf("output_audio_buffer.cleared")).toBeLessThan(types.indexOf("conversation.item.truncated"));
  expect(types).not.toContain("output_audio_buffer.stopped");
  expect(cleared.response_id).toBeTruthy();
}, 30_000);

test("a call that is declined is busy or unwanted on the caller's side, and gone for everybody else", async () => {
  await registered();
  const busy = calls();
  const first = callIdIn(await delivered(1));
  await client.realtime.calls.reject(first, { status_code: 486 });
  expect(await busy.ended).toBe("busy");
  expect(await refusal(client.realtime.calls.accept(first, session))).toBe(404);
  const unwanted = calls();
  await client.realtime.calls.reject(callIdIn(await delivered(2)));
  expect(await unwanted.ended).toBe("declined");
});

test("a caller who gave up while it rang is not there to be taken", async () => {
  await registered();
  const phone = calls();
  const callId = callIdIn(await delivered());
  phone.seat.leave();
  expect(await refusal(client.realtime.calls.accept(callId, session))).toBe(404);
});

test("a hang-up ends the call on the line and on the side socket; a second one finds nothing", async () => {
  await registered();
  const phone = calls();
  const callId = callIdIn(await delivered());
  await client.realtime.calls.accept(callId, session);
  await phone.connected;
  const side = await joined(callId);
  await client.realtime.calls.hangup(callId);
  expect(await phone.ended).toBe("hung up");
  expect(await side.closed).toBe(1_000);
  expect(await refusal(client.realtime.calls.hangup(callId))).toBe(404);
  await expect(joined(callId)).rejects.toThrow("404");
});

test("a referred caller is connected with the person, and the service has left", async () => {
  await registered();
  const { promise: rung, resolve: ring } = Promise.withResolvers<void>();
  open.push({
    close: exchange.register(colleague, {
      ring(call) {
        call.answer({ ended: () => undefined });
        ring();
      },
    }),
  });
  const phone = calls();
  const callId = callIdIn(await delivered());
  await client.realtime.calls.accept(callId, session);
  await phone.connected;
  const side = await joined(callId);
  expect(await refusal(client.realtime.calls.refer(callId, { target_uri: "mailto:ada@example.com" }))).toBe(400);
  await client.realtime.calls.refer(callId, { target_uri: `tel:${colleague}` });
  await rung;
  await side.closed;
  expect(phone.seat.conversation.numbers).toEqual([caller, colleague]);
});

test("what the account would refuse is refused: strangers, unknown calls and deployments, a browser's call referred", async () => {
  await registered();
  const phone = calls();
  const callId = callIdIn(await delivered());
  expect(await refusal(stranger.realtime.calls.accept(callId, session))).toBe(403);
  expect(await refusal(client.realtime.calls.accept(callId, { ...session, model: "unknown" }))).toBe(404);
  expect(await refusal(client.realtime.calls.accept(callId, { ...session, output_modalities: ["text", "audio"] }))).toBe(400);
  expect(await refusal(client.realtime.calls.accept("rtc_unknown", session))).toBe(404);
  expect(await refusal(client.realtime.calls.reject(callId, { status_code: 200 }))).toBe(400);
  await client.realtime.calls.accept(callId, session);
  await phone.connected;

  const browser = new BrowserPeer(voice);
  const opened = await fetch(`${endpoint}/openai/v1/realtime/calls?model=voice`, {
    method: "POST",
    headers: { authorization: `Bearer ${await token()}`, "content-type": "application/sdp" },
    body: await browser.offer(),
  });
  const browserCall = opened.headers.get("location")?.split("/").pop() ?? "";
  expect(await refusal(client.realtime.calls.refer(browserCall, { target_uri: `tel:${colleague}` }))).toBe(400);
  await client.realtime.calls.hangup(browserCall);
  await browser.close();
});

test("a line whose calls nobody asked to be told of takes none", async () => {
  const { id } = await registered();
  await asked("DELETE", `dashboard/webhook_endpoints/${id}`);
  expect(await calls().ended).toBe("declined");
});
