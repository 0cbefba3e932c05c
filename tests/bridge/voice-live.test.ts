/** The Voice Live engine as a call meets it: its service's stand-in, speech in that is really sound, words decoded out, and whole calls. */
import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { TokenCredential } from "@azure/identity";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Conversation, Model } from "../../laptop/model/conversation.ts";
import { createModel } from "../../laptop/model/model.ts";
import { bytesFromPcm, pcmFromBytes } from "../../laptop/voice/sound.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { createVoiceLive } from "../../laptop/voice-live/voice-live.ts";
import { agentSchema, type VoiceEngine } from "../../runtime/agent.ts";
import { openVoiceLive, voiceLiveModels } from "../../runtime/bridge/voice-model/voice-live.ts";
import type { ModelBrief, VoiceModel } from "../../runtime/bridge/voice-model/voice-model.ts";
import { openWorld, type World } from "../support/stand-in.ts";
import { type Line, openLine } from "./line.ts";
import { Listened as EngineListened } from "./listened.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/foundry";
const languages = [
  { short_code: "en-US", voice: "en-US-ShimmerTurboMultilingualNeural", pronunciations_en: ["English"] },
  { short_code: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural", pronunciations_en: ["French"] },
];
const briefing: ModelBrief = {
  instructions: "You are Ada, and you answer the phone for Contoso. Speak en-US.",
  tools: [],
  language: "en-US",
  languages,
  speed: 1,
  vadThreshold: 0.5,
  vadSilenceMs: 500,
  recognitionMs: 100,
};
const speechSpeed = { name: "speech_speed", description: "Speaks slower or faster from now on.", parameters: { type: "object" } };

let world: World;
let voice: Voice;
let credential: TokenCredential;
let stranger: TokenCredential;
let settings: { VOICE_LIVE_ENDPOINT: string };
const asked: Conversation[] = [];
/** Upgrades of the service, as they came: what they asked for, and the socket below. */
const upgrades: { address: string; socket: Duplex }[] = [];
const open: VoiceModel[] = [];
const linesOpen: Line[] = [];

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
  const service = createVoiceLive({ access, accountId, clock, model: noted, voice, random: Math.random });
  const watched = {
    ...service,
    upgrade(...[request, socket, head]: Parameters<NonNullable<typeof service.upgrade>>) {
      upgrades.push({ address: request.url ?? "", socket });
      service.upgrade?.(request, socket, head);
    },
  };
  const app = world.identity();
  for (const role of ["Cognitive Services User", "Foundry User"] as const)
    world.grant({ objectId: app.objectId, role, scope: accountId });
  credential = app.credential;
  stranger = world.identity().credential;
  settings = { VOICE_LIVE_ENDPOINT: (await world.start(watched)).url };
});
afterEach(() => {
  for (const model of open.splice(0)) model.close();
  for (const line of linesOpen.splice(0)) line.close();
  asked.length = 0;
  upgrades.length = 0;
});
afterAll(() => world.close());

/** A caller's words, and the silence around them, in frames of 20 ms. */
function framesOf(text: string): Buffer[] {
  const pause = Buffer.alloc(48_000);
  const sound = Buffer.concat([pause.subarray(0, 9_600), bytesFromPcm(voice.speak(text)), pause]);
  return Array.from({ length: Math.floor(sound.length / 960) }, (_, at) => sound.subarray(at * 960, (at + 1) * 960));
}

/** Gives a caller's words away no faster than sockets take them: the engine drops what it cannot get rid of. */
async function speaks(text: string, give: (base64: string) => void): Promise<void> {
  for (const [at, frame] of framesOf(text).entries()) {
    give(frame.toString("base64"));
    if (at % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A session of this engine. */
class Listened extends EngineListened {
  constructor({ brief = {}, as = credential, at = settings, deployment = voiceLiveModels.cheap as string } = {}) {
    super(voice, openVoiceLive(at, as), { deployment, brief: { ...briefing, ...brief } });
    open.push(this.model);
  }

  says(text: string): Promise<void> {
    return speaks(text, (base64) => this.hears(Buffer.from(base64, "base64")));
  }

  /** The words of the next response that ends, as they were heard. */
  async hearsAnswer(): Promise<string> {
    const { responseId } = await this.next("response_ended");
    expect(this.heard(responseId).join(" ")).toBe(this.words(responseId));
    return this.words(responseId);
  }
}

async function listening(brief: Partial<ModelBrief> = {}): Promise<Listened> {
  const call = new Listened({ brief });
  await call.next("ready");
  return call;
}

test("our own words are said exactly, and remembered unless they are beside the conversation", async () => {
  const call = await listening();
  call.model.send({ kind: "respond", purpose: "greeting", say: 'Hello, here is "Ada".' });
  expect(await call.next("response_started")).toMatchObject({ purpose: "greeting" });
  expect(await call.hearsAnswer()).toBe('Hello, here is "Ada".');
  call.model.send({ kind: "respond", purpose: "waiting", say: "One moment." });
  expect(await call.hearsAnswer()).toBe("One moment.");
  call.model.send({ kind: "note", text: "The caller typed 1." });
  call.model.send({ kind: "respond", purpose: "answer" });
  await call.hearsAnswer();
  expect(asked).toHaveLength(1);
  expect(asked[0]?.items).toEqual([
    { kind: "said", by: "assistant", text: 'Hello, here is "Ada".' },
    { kind: "said", by: "system", text: "The caller typed 1." },
  ]);
});

test("a caller's turn is heard in its language, and answered by voice", async () => {
  const call = await listening();
  await call.says("Hello, who are you?");
  expect(await call.hearsAnswer()).toContain("Ada");
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
  const turn = call.events.find((each) => each.kind === "turn_heard");
  expect(turn).toMatchObject({ text: "Hello, who are you?", language: "en-US" });
  await call.says("Bonjour, je suis Zoé et j'ai eu un accident hier.");
  expect(await call.next("turn_heard")).toMatchObject({ language: "fr-FR" });
});

test("an interrupted answer falls silent, and only what was heard of it is remembered", async () => {
  const call = await listening();
  call.model.send({ kind: "respond", purpose: "greeting", say: "Hello, here is Ada. I can help you with your claim." });
  const { responseId, itemId, contentIndex } = await call.next("speech");
  await call.says("Wait");
  // The service leaves the decision to us.
  await call.next("speech_started");
  expect(call.events.some((each) => each.kind === "response_ended")).toBe(false);
  call.model.send({ kind: "cancel", responseId });
  call.model.send({ kind: "truncate", itemId, contentIndex, heardMs: 60 });
  expect(await call.next("response_ended")).toMatchObject({ responseId, outcome: "cancelled" });
  expect(await call.next("truncated")).toMatchObject({ itemId, heardMs: 60 });
  const until = call.events.length;
  call.model.send({ kind: "respond", purpose: "answer" });
  await call.hearsAnswer();
  expect(call.events.slice(until).some((each) => "responseId" in each && each.responseId === responseId)).toBe(false);
  const [remembered] = asked.at(-1)?.items ?? [];
  expect("Hello, here is Ada.".startsWith((remembered as { text: string }).text)).toBe(true);
});

test("another answer is refused while one is given, words beside it are not, and both are told by their purpose", async () => {
  const call = await listening();
  call.model.send({ kind: "respond", purpose: "greeting", say: "Hello, here is Ada." });
  call.model.send({ kind: "respond", purpose: "goodbye", say: "Goodbye." });
  const refused = { kind: "refused", code: "conversation_already_has_active_response", purpose: "goodbye" };
  expect(await call.next("refused")).toEqual(refused);
  call.model.send({ kind: "respond", purpose: "waiting", say: "One moment." });
  await call.next("response_ended");
  await call.next("response_ended");
  const said = call.events.flatMap((each) => (each.kind === "response_started" ? [call.heard(each.responseId).join(" ")] : []));
  expect(said.sort()).toEqual(["Hello, here is Ada.", "One moment."]);
});

test("a tool is called, and its result goes into the next answer, also when another session had asked for it", async () => {
  const call = await listening({ tools: [speechSpeed] });
  await call.says("Can you speak slower please?");
  const tool = await call.next("tool_call");
  expect(JSON.parse(tool.argumentsJson)).toHaveProperty("speed");
  await call.next("response_ended");
  call.model.send({ kind: "tool_result", toolCallId: tool.toolCallId, content: "The speed is 0.75 now." });
  const sent = { name: "send_sms", argumentsJson: '{"message":"Hello"}' };
  call.model.send({ kind: "tool_result", toolCallId: "call_1", content: "The text message was sent.", call: sent });
  call.model.send({ kind: "respond", purpose: "answer" });
  await call.hearsAnswer();
  expect(asked.at(-1)?.items.slice(-3)).toEqual([
    { kind: "returned", callId: tool.toolCallId, output: "The speed is 0.75 now." },
    { kind: "called", callId: "call_1", name: "send_sms", arguments: sent.argumentsJson },
    { kind: "returned", callId: "call_1", output: "The text message was sent." },
  ]);
  // What changed is told while the session goes on.
  call.model.brief({ ...briefing, speed: 0.75, instructions: "You are Bob. Speak en-US." });
  await call.says("Hello, who are you?");
  expect(await call.hearsAnswer()).toContain("Bob");
});

describe("a session is closed", () => {
  test("when it cannot have the voice of another language any more, so that the next one begins with it", async () => {
    const call = await listening();
    call.model.send({ kind: "respond", purpose: "greeting", say: "Hello." });
    await call.next("response_ended");
    call.model.brief({ ...briefing, language: "fr-FR" });
    await call.next("closed");
    expect(call.events.filter((each) => each.kind === "refused" || each.kind === "closed")).toEqual([{ kind: "closed" }]);
  });

  test("when its first words about itself are refused", async () => {
    const unheard = { short_code: "en-US", voice: "Ada", pronunciations_en: ["English"], custom_voice_endpoint_id: "none" };
    const call = new Listened({ brief: { languages: [unheard] } });
    await call.next("closed");
    expect(call.events).toEqual([{ kind: "closed" }]);
  });

  test("when the service does not let us in, has no such model, or is not there", async () => {
    const calls = [
      new Listened({ as: stranger }),
      new Listened({ deployment: "chat-fast" }),
      new Listened({ at: { VOICE_LIVE_ENDPOINT: "http://127.0.0.1:1" } }),
      new Listened({ as: { getToken: async () => Promise.reject(new Error("no identity")) } }),
    ];
    for (const call of calls) await call.next("closed");
    expect(calls.map((each) => each.events)).toEqual(calls.map(() => [{ kind: "closed" }]));
  });

  test("when its connection breaks in the middle of a word, and says nothing afterwards", async () => {
    const call = await listening();
    call.model.send({ kind: "respond", purpose: "greeting", say: "Hello, here is Ada." });
    await call.next("speech");
    upgrades[0]?.socket.destroy();
    await call.next("closed");
    expect(call.events.at(-1)).toEqual({ kind: "closed" });
    call.model.send({ kind: "respond", purpose: "answer" });
    expect(call.events.at(-1)).toEqual({ kind: "closed" });
  });
});

describe("on a whole call", () => {
  /** The languages sessions of the engine began in. */
  const begunIn: string[] = [];

  async function line(as = credential): Promise<Line> {
    const openModel = openVoiceLive(settings, as);
    const noting: typeof openModel = (request, report) => {
      begunIn.push(request.brief.language);
      return openModel(request, report);
    };
    const opened = await openLine({
      engines: { "voice-live": { open: noting, ...voiceLiveModels } },
      tool: async () => ({ content: "The language is French now.", effect: { kind: "language", shortCode: "fr-FR" } }),
    });
    linesOpen.push(opened);
    return opened;
  }

  async function calling(on: Line, voice_engines: VoiceEngine[]) {
    const lang = { default_short_code: "en-US", availables: languages };
    const initiate = agentSchema.parse({ bot_company: "Contoso", bot_name: "Ada", lang, voice_engines });
    const { callId, path } = await on.call({ initiate });
    const phone = await on.phone(path);
    phone.describes();
    /** Listens until what was heard is that, to the end of its sound; time passes as the sound does. */
    const hears = async (expected: RegExp): Promise<string> => {
      const ear = voice.ear();
      const words: string[] = [];
      let heard = 0;
      const isOver = () => expected.test(words.join(" ")) && heard >= voice.speak(words.join(" ")).length;
      while (!isOver()) {
        const { data } = (await phone.inbox.next("audioData")).audioData as unknown as { data: string };
        const pcm = pcmFromBytes(Buffer.from(data, "base64"));
        words.push(...ear.hear(pcm));
        heard += pcm.length;
        on.clock.passes(pcm.length / 24);
      }
      ear.close();
      return words.join(" ");
    };
    const says = (text: string) => speaks(text, phone.sounds);
    return { callId, phone, hears, says };
  }

  test("it greets, listens, calls a tool, goes on in another language with that language's voice, and is written down", async () => {
    const on = await line();
    const { callId, phone, hears, says } = await calling(on, ["voice-live"]);
    const greeting = await hears(/Contoso.*[.?!]$/);
    await says("Can we speak French?");
    const refused = once(await upgraded(0), "close");
    await hears(/français/);
    await refused;
    on.clock.passes(0);
    await upgraded(1);
    await says("Bonjour, qui êtes-vous ?");
    await hears(/Ada/);
    phone.socket.close();
    await on.app.drain(0);
    const messages = (await on.store.get(callId))?.messages ?? [];
    const spoken = messages.filter((each) => each.action === "talk").map((each) => `${each.persona}: ${each.content}`);
    expect(spoken[0]).toBe(`assistant: ${greeting}`);
    expect(spoken).toContain("human: Can we speak French?");
    expect(on.done.filter((each) => each.startsWith("tool"))).toEqual(["tool speech_lang"]);
    expect(on.model.sessions).toEqual([]);
    expect(begunIn).toEqual(["en-US", "fr-FR"]);
    expect(upgrades.map((each) => new URL(each.address, "http://x").searchParams.get("model"))).toEqual([
      "gpt-5.6-luna",
      "gpt-5.6-luna",
    ]);
  });

  test("one that refuses us is passed over, and the realtime service takes the call", async () => {
    const on = await line(stranger);
    await calling(on, ["voice-live", "realtime"]);
    await upgraded(0);
    const session = await on.model.session();
    expect(session.address).toContain("model=cheap");
    expect(await session.inbox.next("session.update")).toMatchObject({ session: { type: "realtime" } });
    session.says({ type: "session.updated", session: {} });
    expect(await session.inbox.next("response.create")).toMatchObject({ response: { metadata: { purpose: "greeting" } } });
    expect(upgrades).toHaveLength(1);
  });
});

/** The socket of the service's nth upgrade, once it has come. */
async function upgraded(at: number): Promise<Duplex> {
  while (!upgrades[at]) await new Promise((resolve) => setImmediate(resolve));
  return upgrades[at].socket;
}
