/** The cascade engine as a call meets it: the services' own SDKs against their stand-ins, speech in that is really sound, words decoded out. */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { TokenCredential } from "@azure/identity";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Conversation, Model } from "../../laptop/model/conversation.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI, type OpenAIStandIn } from "../../laptop/openai/open-ai.ts";
import type { Service } from "../../laptop/service.ts";
import { createSpeech } from "../../laptop/speech/speech.ts";
import { bytesFromPcm } from "../../laptop/voice/sound.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { processClock } from "../../runtime/bridge/clock.ts";
import { openCascade } from "../../runtime/bridge/voice-model/cascade/cascade.ts";
import type { ModelBrief, VoiceModel } from "../../runtime/bridge/voice-model/voice-model.ts";
import { openWorld, type World } from "../support/stand-in.ts";
import { Listened as EngineListened } from "./listened.ts";

const account = (kind: string) => `/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/${kind}`;
const customVoice = randomUUID();
const languages = [
  { short_code: "en-US", voice: "en-US-ShimmerTurboMultilingualNeural", pronunciations_en: ["English"] },
  { short_code: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural", pronunciations_en: ["French"] },
  {
    short_code: "zh-CN",
    voice: "zh-CN-XiaoyuMultilingualNeural",
    pronunciations_en: ["Chinese"],
    custom_voice_endpoint_id: customVoice,
  },
];
const briefing: ModelBrief = {
  instructions: "You are Ada, and you answer the phone for Contoso.",
  tools: [],
  language: "en-US",
  languages,
  speed: 1,
  vadThreshold: 0.5,
  vadSilenceMs: 500,
  // Sound is given all at once here, so the words come long after the silence in it.
  recognitionMs: 5_000,
};
const speechSpeed = { name: "speech_speed", description: "Speaks slower or faster from now on.", parameters: { type: "object" } };

let world: World;
let voice: Voice;
let openAI: OpenAIStandIn;
let credential: TokenCredential;
let settings: Parameters<typeof openCascade>[0];
const asked: Conversation[] = [];
const sockets = new Set<Duplex>();
/** Languages that recognition was opened for. */
const expected: string[] = [];
const open: VoiceModel[] = [];

/** The service, with its open sockets in sight. */
function watched(service: Service): Service {
  return {
    ...service,
    upgrade(request, socket, head) {
      sockets.add(socket);
      const { pathname, searchParams } = new URL(request.url ?? "/", "https://localhost");
      if (pathname.startsWith("/stt/")) expected.push(searchParams.get("language") ?? "");
      socket.on("close", () => sockets.delete(socket));
      service.upgrade?.(request, socket, head);
    },
  };
}

beforeAll(async () => {
  world = await openWorld();
  voice = await openVoice();
  const model = createModel();
  const noted: Model = {
    reply(conversation, moment) {
      asked.push(conversation);
      return model.reply(conversation, moment);
    },
  };
  const { directory: access, clock } = world;
  openAI = createOpenAI({ access, accountId: account("openai"), clock, model: noted, voice, random: Math.random });
  for (const name of ["fast", "strong"])
    openAI.createDeployment({ name, model: "gpt-5.4-mini", version: "2026-01-01", capacity: 100 });
  const speech = createSpeech({ access, accountId: account("speech"), voice, customVoices: [customVoice] });
  const app = world.identity();
  world.grant({ objectId: app.objectId, role: "Cognitive Services OpenAI User", scope: account("openai") });
  world.grant({ objectId: app.objectId, role: "Cognitive Services Speech User", scope: account("speech") });
  credential = app.credential;
  settings = {
    OPENAI_ENDPOINT: (await world.start(openAI)).url,
    OPENAI_CHAT_FAST: "fast",
    OPENAI_CHAT_STRONG: "strong",
    SPEECH_ENDPOINT: (await world.start(watched(speech))).url,
    SPEECH_RESOURCE_ID: account("speech"),
  };
});
afterEach(() => {
  for (const model of open.splice(0)) model.close();
  asked.length = 0;
  expected.length = 0;
});
afterAll(() => world.close());

/** A session of this engine. */
class Listened extends EngineListened {
  constructor(brief: Partial<ModelBrief> = {}, as = credential, at = settings) {
    super(voice, openCascade(at, as, { clock: processClock, newId: randomUUID }), {
      deployment: "fast",
      brief: { ...briefing, ...brief },
    });
    open.push(this.model);
  }

  /** The caller speaks, and falls silent. */
  says(text: string): void {
    const pause = Buffer.alloc(48_000);
    const sound = Buffer.concat([pause.subarray(0, 9_600), bytesFromPcm(voice.speak(text)), pause]);
    for (let at = 0; at < sound.length; at += 960) this.hears(sound.subarray(at, at + 960));
  }

  /** The words of the next response that ends, as they were heard. */
  async hearsAnswer(): Promise<string> {
    const { responseId } = await this.next("response_ended");
    expect(
      this.words(responseId)
        .split(/(?<=[.?!]) /)
        .map((each) => each.trim()),
    ).toEqual(this.heard(responseId));
    return this.words(responseId);
  }
}

async function listening(brief: Partial<ModelBrief> = {}): Promise<Listened> {
  const call = new Listened(brief);
  await call.next("ready");
  return call;
}

test("our own words are said exactly, and remembered unless they are beside the conversation", async () => {
  const call = await listening();
  call.model.send({ kind: "respond", purpose: "greeting", say: "Hello, here is <Ada & Co>. How can I help you?" });
  const { responseId } = await call.next("response_ended");
  expect(call.heard(responseId)).toEqual(["Hello, here is <Ada & Co>.", "How can I help you?"]);
  expect(call.words(responseId)).toBe("Hello, here is <Ada & Co>. How can I help you?");
  call.model.send({ kind: "respond", purpose: "waiting", say: "One moment." });
  expect(call.heard((await call.next("response_ended")).responseId)).toEqual(["One moment."]);
  call.model.send({ kind: "respond", purpose: "answer" });
  await call.next("response_ended");
  expect(asked.at(-1)?.items).toEqual([
    { kind: "said", by: "assistant", text: "Hello, here is <Ada & Co>. How can I help you?" },
  ]);
});

test("a caller's turn is heard, and answered by voice", async () => {
  const call = await listening();
  call.says("Hello, who are you?");
  const answer = await call.hearsAnswer();
  expect(answer).toContain("Ada");
  const kinds = call.events.map((each) => each.kind).filter((each) => each !== "speech" && each !== "words");
  expect(kinds).toEqual([
    "ready",
    "speech_started",
    "speech_stopped",
    "turn_ended",
    "turn_heard",
    "response_started",
    "response_ended",
  ]);
  expect(call.events.find((each) => each.kind === "turn_heard")).toMatchObject({
    text: "Hello, who are you?",
    language: "en-US",
  });
  expect(call.events.find((each) => each.kind === "speech_started")).toMatchObject({ paddingMs: 0 });
});

test("a noise without words is told, and nobody answers it", async () => {
  const call = await listening({ recognitionMs: 50 });
  const noise = Int16Array.from({ length: 12_000 }, (_, at) => (at % 2 ? 8_000 : -8_000));
  call.hears(Buffer.concat([bytesFromPcm(noise), Buffer.alloc(48_000)]));
  expect(await call.next("turn_heard")).toMatchObject({ text: "" });
  expect(call.events.map((each) => each.kind)).toEqual(["ready", "speech_started", "speech_stopped", "turn_heard"]);
});

test("words that come too late for their turn are not lost: they are a turn of their own", async () => {
  const call = await listening({ recognitionMs: 0 });
  call.says("My name is Zoé Martin.");
  expect((await call.next("turn_heard")).text).toBe("");
  expect((await call.next("turn_heard")).text).toBe("My name is Zoé Martin.");
  await call.next("response_started");
});

test("a tool is called after its words, and its result goes into the next answer", async () => {
  const call = await listening({ tools: [speechSpeed] });
  call.says("Can you speak slower please?");
  const tool = await call.next("tool_call");
  expect(tool).toMatchObject({ name: "speech_speed" });
  expect(JSON.parse(tool.argumentsJson)).toHaveProperty("speed");
  expect(await call.next("response_ended")).toMatchObject({ responseId: tool.responseId, outcome: "completed" });
  call.model.send({ kind: "tool_result", toolCallId: tool.toolCallId, content: "The speed is 0.75 now." });
  call.model.send({ kind: "respond", purpose: "answer" });
  expect(await call.hearsAnswer()).not.toBe("");
  expect(asked.at(-1)?.items.map((each) => each.kind)).toEqual(["said", "called", "returned"]);
});

test("a session that did not ask for a tool is told of it with its result", async () => {
  const call = await listening();
  const sent = { name: "send_sms", argumentsJson: '{"message":"Hello"}' };
  call.model.send({ kind: "tool_result", toolCallId: "call_1", content: "The text message was sent.", call: sent });
  call.model.send({ kind: "respond", purpose: "answer" });
  await call.next("response_ended");
  expect(asked.at(-1)?.items).toEqual([
    { kind: "called", callId: "call_1", name: "send_sms", arguments: sent.argumentsJson },
    { kind: "returned", callId: "call_1", output: "The text message was sent." },
  ]);
});

test("an interrupted answer falls silent at once, and only what was heard of it is remembered", async () => {
  const call = await listening();
  call.model.send({
    kind: "respond",
    purpose: "greeting",
    say: "Hello, here is Ada. I can help you with your claim. Tell me all.",
  });
  const { responseId, itemId, audio } = await call.next("speech");
  call.model.send({ kind: "cancel", responseId });
  expect(await call.next("response_ended")).toMatchObject({ responseId, outcome: "cancelled" });
  const until = call.events.length;
  call.model.send({ kind: "truncate", itemId, contentIndex: 0, heardMs: Math.floor(audio.durationMs * 0.5) });
  call.says("Wait, who are you?");
  await call.hearsAnswer();
  expect(call.events.slice(until).some((each) => "responseId" in each && each.responseId === responseId)).toBe(false);
  const [remembered] = asked.at(-1)?.items ?? [];
  expect(remembered).toMatchObject({ kind: "said", by: "assistant" });
  expect((remembered as { text: string }).text.length).toBeLessThan("Hello, here is Ada.".length);
});

test("another answer is refused while one is given, words beside it are not", async () => {
  const call = await listening();
  call.model.send({ kind: "respond", purpose: "greeting", say: "Hello, here is Ada." });
  call.model.send({ kind: "respond", purpose: "answer" });
  expect(await call.next("refused")).toEqual({
    kind: "refused",
    code: "conversation_already_has_active_response",
    purpose: "answer",
  });
  call.model.send({ kind: "respond", purpose: "waiting", say: "One moment." });
  expect((await call.next("response_ended")).outcome).toBe("completed");
  expect(call.heard((await call.next("response_ended")).responseId)).toEqual(["One moment."]);
});

test("a change of language changes hearing, words and voice at once, and a language is detected", async () => {
  const call = await listening();
  call.says("Bonjour, je suis Zoé et j'ai eu un accident hier.");
  expect(await call.next("turn_heard")).toMatchObject({ language: "fr-FR" });
  await call.next("response_ended");
  call.model.brief({ ...briefing, instructions: "Parlez français (fr-FR). You are Ada, for Contoso.", language: "fr-FR" });
  call.says("Bonjour, qui êtes-vous ?");
  expect(await call.next("turn_heard")).toMatchObject({ text: "Bonjour, qui êtes-vous ?", language: "fr-FR" });
  expect(await call.hearsAnswer()).toMatch(/\b(je|vous|votre)\b/i);
  expect(expected).toEqual(["en-US", "fr-FR"]);
});

test("Chinese is spoken sentence by sentence, by a custom voice", async () => {
  const call = await listening({ language: "zh-CN" });
  call.model.send({ kind: "respond", purpose: "greeting", say: "您好。我是艾达！您在哪里？" });
  const { responseId } = await call.next("response_ended");
  expect(call.heard(responseId)).toEqual(["您好。", "我是艾达！", "您在哪里？"]);
  call.says("你好，我出了车祸。");
  expect(await call.next("turn_heard")).toMatchObject({ text: "你好，我出了车祸。", language: "zh-CN" });
});

describe("when the chat deployment fails", () => {
  test.each(["throttled", "server-error", "broken-stream"] as const)(
    "by %s, the other one answers in its place",
    async (kind) => {
      const call = await listening();
      openAI.fault({ on: "chat", kind, deployment: "fast" });
      call.says("Hello, who are you?");
      expect(await call.hearsAnswer()).toContain("Ada");
      expect(call.events.filter((each) => each.kind === "response_started")).toHaveLength(1);
    },
  );

  test("and the other too, the answer has failed and the session goes on", async () => {
    const call = await listening();
    openAI.fault({ on: "chat", kind: "server-error", times: 2 });
    call.says("Hello, who are you?");
    expect(await call.next("response_ended")).toMatchObject({ outcome: "failed" });
    call.model.send({ kind: "respond", purpose: "answer" });
    expect(await call.hearsAnswer()).toContain("Ada");
  });
});

test("speech connections that are cut are opened again, in the middle of the call", async () => {
  const call = await listening();
  for (const socket of sockets) socket.destroy();
  call.says("Hello, who are you?");
  expect(await call.hearsAnswer()).toContain("Ada");
});

test("a session whose speech service has gone reports that it is closed", async () => {
  const { directory: access } = world;
  const going = await world.start(createSpeech({ access, accountId: account("speech"), voice }));
  const call = new Listened({}, credential, { ...settings, SPEECH_ENDPOINT: going.url });
  await call.next("ready");
  await going.close();
  call.says("Hello, who are you?");
  await call.next("closed");
});

test("a session that may not listen or speak reports that it is closed", async () => {
  const stranger = new Listened({}, world.identity().credential);
  await stranger.next("closed");
  expect(stranger.events).toEqual([{ kind: "closed" }]);
});

test("nothing of a session is left when it is closed, whatever it was doing", async () => {
  await expect.poll(() => sockets.size).toBe(0);
  const unready = new Listened();
  unready.model.close();
  const idle = await listening();
  const talking = await listening();
  talking.model.send({ kind: "respond", purpose: "greeting", say: "Hello, here is Ada. I can help you with your claim." });
  await talking.next("speech");
  const hearing = await listening();
  hearing.says("Hello, who are you?");
  await hearing.next("response_started");
  for (const call of [idle, talking, hearing]) {
    call.model.close();
    const count = call.events.length;
    call.model.send({ kind: "respond", purpose: "goodbye", say: "Goodbye." });
    expect(call.events).toHaveLength(count);
  }
  const opened = expected.length;
  await expect.poll(() => sockets.size).toBe(0);
  expect([unready.events, expected.length]).toEqual([[], opened]);
});
