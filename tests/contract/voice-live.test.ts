/**
 * What the runtime may rely on from Voice Live, by bare WebSocket. Against the real service: CONTRACT_VOICE_LIVE_ENDPOINT, with "Cognitive
 * Services User" and "Foundry User" for DefaultAzureCredential; what looks into the sound, and refusals of other identities, are skipped then.
 */
import { once } from "node:events";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createModel } from "../../laptop/model/model.ts";
import { createSpeech } from "../../laptop/speech/speech.ts";
import { bytesFromPcm, pcmFromBytes } from "../../laptop/voice/sound.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { createFoundry } from "../../laptop/voice-live/foundry.ts";
import { createVoiceLive } from "../../laptop/voice-live/voice-live.ts";
import { sessionUpdate } from "../../runtime/bridge/voice-model/voice-live-events.ts";
import type { ModelBrief } from "../../runtime/bridge/voice-model/voice-model.ts";
import { openWorld, type World } from "../support/stand-in.ts";

type Json = Record<string, unknown>;

const real = process.env.CONTRACT_VOICE_LIVE_ENDPOINT;
const standInOnly = test.skipIf(real);
const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/foundry";
const scope = "https://ai.azure.com/.default";
const customVoice = "0b5c1c0e-5f0a-4a0e-8c7e-2f3c8f2f6d11";
const well = "api-version=2026-04-10&model=gpt-5.6-luna";

/** All that the service says of itself, without what belongs to agents, avatars and servers of tools ("Server Events"). */
const known = [
  "error",
  "warning",
  "session.created",
  "session.updated",
  "conversation.item.created",
  "conversation.item.retrieved",
  "conversation.item.truncated",
  "conversation.item.deleted",
  "conversation.item.input_audio_transcription.completed",
  "conversation.item.input_audio_transcription.delta",
  "conversation.item.input_audio_transcription.failed",
  "input_audio_buffer.committed",
  "input_audio_buffer.cleared",
  "input_audio_buffer.speech_started",
  "input_audio_buffer.speech_stopped",
  "response.created",
  "response.done",
  "response.output_item.added",
  "response.output_item.done",
  "response.content_part.added",
  "response.content_part.done",
  "response.text.delta",
  "response.text.done",
  "response.audio_transcript.delta",
  "response.audio_transcript.done",
  "response.audio.delta",
  "response.audio.done",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done",
];

let world: World;
let voice: Voice;
let endpoint: string;
let credential: TokenCredential;
const identities: Record<"nobody" | "half", TokenCredential> = {} as never;
const lines: Line[] = [];

beforeAll(async () => {
  world = await openWorld();
  voice = await openVoice();
  const { directory: access, clock } = world;
  const voiceLive = createVoiceLive({
    access,
    accountId,
    clock,
    model: createModel(),
    voice,
    random: Math.random,
    customVoices: [customVoice],
  });
  const foundry = createFoundry({ speech: createSpeech({ access, accountId, voice }), voiceLive });
  const app = world.identity();
  const half = world.identity();
  for (const role of ["Cognitive Services User", "Foundry User"] as const)
    world.grant({ objectId: app.objectId, role, scope: accountId });
  world.grant({ objectId: half.objectId, role: "Cognitive Services User", scope: accountId });
  endpoint = real ?? (await world.start(foundry)).url;
  credential = real ? new DefaultAzureCredential() : app.credential;
  identities.half = half.credential;
  identities.nobody = world.identity().credential;
});
afterEach(() => {
  for (const line of lines.splice(0)) {
    // Nothing of the newer API's names, and nothing made up.
    expect(line.events.map((each) => each.type).filter((type) => !known.includes(String(type)))).toEqual([]);
    line.socket.terminate();
  }
});
afterAll(() => world.close());

const address = (query: string, path = "/voice-live/realtime") =>
  `${endpoint.replace(/^http/, "ws").replace(/\/$/, "")}${path}?${query}`;
const bearer = async (from = credential, tokenScope = scope) => `Bearer ${(await from.getToken(tokenScope))?.token}`;

/** A session's socket, and everything said on it. */
class Line {
  readonly events: Json[] = [];
  readonly socket: WebSocket;
  #seen = 0;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.events.push(JSON.parse(data.toString()) as Json);
      this.#wake();
    });
  }

  static async open(query = well): Promise<Line> {
    const line = new Line(new WebSocket(address(query), { headers: { authorization: await bearer() } }));
    lines.push(line);
    await once(line.socket, "open");
    return line;
  }

  /** Told who it is, as the bridge tells it. */
  static async told(changes: Partial<ModelBrief> = {}): Promise<Line> {
    const line = await Line.open();
    line.send(sessionUpdate({ ...brief, ...changes }) as Json);
    await line.until("session.updated");
    return line;
  }

  send(event: Json): void {
    this.socket.send(JSON.stringify(event));
  }

  says(text: string): void {
    const pause = Buffer.alloc(48_000);
    const sound = Buffer.concat([pause.subarray(0, 9_600), bytesFromPcm(voice.speak(text)), pause]);
    for (let at = 0; at < sound.length; at += 9_600)
      this.send({ type: "input_audio_buffer.append", audio: sound.subarray(at, at + 9_600).toString("base64") });
  }

  /** The first event of a type that has not been waited for yet. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is of many shapes.
  async until(type: string): Promise<any> {
    for (;;) {
      const at = this.events.findIndex((each, index) => index >= this.#seen && each.type === type);
      if (at >= 0) {
        this.#seen = at + 1;
        return this.events[at];
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Words made out of a response's sound. */
  heard(responseId: string): string[] {
    const sound = this.events.flatMap((each) =>
      each.type === "response.audio.delta" && each.response_id === responseId ? [Buffer.from(String(each.delta), "base64")] : [],
    );
    const ear = voice.ear();
    const texts = ear.hear(pcmFromBytes(Buffer.concat([...sound, Buffer.alloc(24_000)])));
    ear.close();
    return texts;
  }
}

const brief: ModelBrief = {
  instructions: "You are Ada, and you answer the phone for Contoso.",
  tools: [],
  language: "en-US",
  languages: [
    { short_code: "en-US", voice: "en-US-AvaMultilingualNeural", pronunciations_en: ["English"] },
    { short_code: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural", pronunciations_en: ["French"] },
  ],
  speed: 1,
  vadThreshold: 0.5,
  vadSilenceMs: 500,
  recognitionMs: 100,
};
const madeBeforehand = (text: string) => ({
  pre_generated_assistant_message: { type: "message", role: "assistant", content: [{ type: "text", text }] },
});

describe("a socket is refused before it opens", () => {
  async function refused(query: string, headers: Record<string, string>, path?: string): Promise<number> {
    const socket = new WebSocket(address(query, path), { headers });
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  }

  test("without a token, with a key, or with a token for something else", async () => {
    expect(await refused(well, {})).toBe(401);
    expect(await refused(well, { "api-key": "key" })).toBe(401);
    expect(await refused(well, { authorization: await bearer(credential, "https://storage.azure.com/.default") })).toBe(401);
  });

  standInOnly("to who has none of its two roles, or one of them", async () => {
    expect(await refused(well, { authorization: await bearer(identities.nobody) })).toBe(403);
    expect(await refused(well, { authorization: await bearer(identities.half) })).toBe(403);
  });

  test.each([
    ["no version", "model=gpt-5.6-luna"],
    ["a version there is not", "api-version=2019-01-01&model=gpt-5.6-luna"],
  ])("with %s", async (_, query) => {
    expect(await refused(query, { authorization: await bearer() })).toBe(400);
  });

  // Where the service itself says so is not documented.
  standInOnly.each([
    ["no model", "api-version=2026-04-10"],
    ["the name of a deployment", "api-version=2026-04-10&model=chat-fast"],
  ])("with %s", async (_, query) => {
    expect(await refused(query, { authorization: await bearer() })).toBe(400);
  });

  standInOnly("at an address of the account that has no sockets", async () => {
    expect(await refused(well, { authorization: await bearer() }, "/voice-live/avatar")).toBe(404);
  });
});

describe("a session", () => {
  test("begins with what it is, and is told who it is in one flat update", async () => {
    const line = await Line.open();
    const { session } = await line.until("session.created");
    expect(session).toMatchObject({ modalities: expect.arrayContaining(["text", "audio"]), input_audio_format: "pcm16" });
    expect(session).not.toHaveProperty("audio");
    line.send(sessionUpdate(brief) as Json);
    expect((await line.until("session.updated")).session).toMatchObject({
      instructions: brief.instructions,
      voice: { type: "azure-standard", name: "en-US-AvaMultilingualNeural" },
      turn_detection: { type: "azure_semantic_vad_multilingual", interrupt_response: false, silence_duration_ms: 500 },
      input_audio_transcription: { model: "azure-speech", language: "en-US,fr-FR" },
    });
  });

  standInOnly("may be opened with its token in the address", async () => {
    const socket = new WebSocket(address(`${well}&Authorization=${encodeURIComponent(await bearer())}`));
    await once(socket, "open");
    socket.terminate();
  });

  const voiceOf = (more: Json) => ({ voice: { type: "azure-standard", name: "en-US-AvaMultilingualNeural", ...more } });
  const turns = (more: Json) => ({ turn_detection: { type: "azure_semantic_vad_multilingual", ...more } });
  test.each<[string, Json, string]>([
    ["the newer API's kind of session", { type: "realtime" }, "session.type"],
    ["the newer API's nested sound", { audio: { output: { voice: "marin" } } }, "session.audio"],
    ["the newer API's modalities", { output_modalities: ["audio"] }, "session.output_modalities"],
    ["sound without words", { modalities: ["audio"] }, "session.modalities"],
    ["another rate of sound", { input_audio_sampling_rate: 44_100 }, "session.input_audio_sampling_rate"],
    ["another model", { model: "gpt-5" }, "session.model"],
    ["a voice without a name", { voice: { type: "azure-standard" } }, "session.voice.name"],
    ["a voice of a model that has none", { voice: { type: "openai", name: "alloy" } }, "session.voice.type"],
    [
      "a custom voice there is not",
      { voice: { type: "azure-custom", name: "x", endpoint_id: "y" } },
      "session.voice.endpoint_id",
    ],
    ["a voice that races", voiceOf({ rate: "2.5" }), "session.voice.rate"],
    ["a threshold everything passes", turns({ threshold: 0 }), "session.turn_detection.threshold"],
    ["part of a millisecond of silence", turns({ silence_duration_ms: 0.5 }), "session.turn_detection.silence_duration_ms"],
    ["turns found by a kind there is not", { turn_detection: { type: "server" } }, "session.turn_detection.type"],
    [
      "words written down by a model for another kind",
      { input_audio_transcription: { model: "whisper-1" } },
      "session.input_audio_transcription.model",
    ],
    [
      "no language",
      { input_audio_transcription: { model: "azure-speech", language: "English" } },
      "session.input_audio_transcription.language",
    ],
    ["a tool without a name", { tools: [{ type: "function" }] }, "session.tools[0].name"],
    ["nothing at all", undefined as never, "session"],
  ])("refuses %s, names what is wrong, and goes on", async (_, session, param) => {
    const line = await Line.open();
    line.send({ type: "session.update", event_id: "mine", session });
    expect((await line.until("error")).error).toMatchObject({ type: "invalid_request_error", param, event_id: "mine" });
    line.send({ type: "session.update", session: { instructions: "Go on." } });
    expect((await line.until("session.updated")).session.instructions).toBe("Go on.");
  });

  standInOnly.each<[string, Json]>([
    ["cuts what was heard by itself", turns({ auto_truncate: true })],
    ["knows filler words", turns({ remove_filler_words: true })],
    ["ends turns by their meaning", turns({ end_of_utterance_detection: { model: "semantic_detection_v1" } })],
    ["shows a face", { avatar: { character: "lisa" } }],
  ])("says that it is no service which %s", async (_, session) => {
    const line = await Line.open();
    line.send({ type: "session.update", session });
    expect((await line.until("error")).error.message).toMatch(/this stand-in/i);
  });

  standInOnly("speaks with a custom voice that there is", async () => {
    const line = await Line.open();
    line.send({ type: "session.update", session: { voice: { type: "azure-custom", name: "Ada", endpoint_id: customVoice } } });
    await line.until("session.updated");
  });

  test.each<[string, Json, string]>([
    ["an event there is not", { type: "input_audio.turn.begin" }, "type"],
    ["sound to forget where there is no avatar", { type: "output_audio_buffer.clear" }, "type"],
    [
      "the newer API's name for what was said",
      {
        type: "conversation.item.create",
        item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "x" }] },
      },
      "item.content[0].type",
    ],
    [
      "the newer API's modalities of an answer",
      { type: "response.create", response: { output_modalities: ["audio"] } },
      "response.output_modalities",
    ],
    [
      "several messages at once",
      {
        type: "response.create",
        response: {
          pre_generated_assistant_message: {
            type: "message",
            role: "assistant",
            content: [
              { type: "text", text: "One." },
              { type: "text", text: "Two." },
            ],
          },
        },
      },
      "response.pre_generated_assistant_message.content",
    ],
    [
      "the cut of what was never said",
      { type: "conversation.item.truncate", item_id: "none", content_index: 0, audio_end_ms: 0 },
      "item_id",
    ],
  ])("refuses %s", async (_, event, param) => {
    const line = await Line.open();
    line.send({ ...event, event_id: "mine" });
    expect((await line.until("error")).error).toMatchObject({ param, event_id: "mine" });
  });

  standInOnly("refuses what is no JSON", async () => {
    const line = await Line.open();
    line.socket.send("hello");
    expect((await line.until("error")).error).toMatchObject({ code: "invalid_json", event_id: null });
  });
});

describe("what was worded beforehand", () => {
  test("is said, and is an item of the conversation", async () => {
    const line = await Line.told();
    const words = "Hello, here is Ada.";
    line.send({ type: "response.create", response: { ...madeBeforehand(words), metadata: { purpose: "greeting" } } });
    expect((await line.until("response.created")).response).toMatchObject({ metadata: { purpose: "greeting" } });
    const { item } = await line.until("conversation.item.created");
    expect(item).toMatchObject({ type: "message", role: "assistant" });
    await line.until("response.audio.delta");
    expect(await line.until("response.audio_transcript.done")).toMatchObject({ item_id: item.id, transcript: words });
    const { response } = await line.until("response.done");
    expect(response.output[0].content).toMatchObject([{ type: "audio", transcript: words }]);
    if (!real) expect(line.heard(response.id)).toEqual([words]);
    line.send({ type: "conversation.item.retrieve", item_id: item.id });
    expect((await line.until("conversation.item.retrieved")).item.content).toMatchObject([{ type: "audio", transcript: words }]);
  });

  test("is no item of it when it is not committed", async () => {
    const line = await Line.told();
    line.send({ type: "response.create", response: { ...madeBeforehand("One moment."), commit: false, cancel_previous: false } });
    const { response } = await line.until("response.done");
    line.send({ type: "conversation.item.retrieve", item_id: response.output[0].id });
    expect((await line.until("error")).error).toMatchObject({ code: "item_not_found" });
  });

  const long = "Hello, here is Ada. I can help you with your claim, and I can take your address.";
  standInOnly("ends the answer before it, unless that may go on: then it waits, or is beside it", async () => {
    const line = await Line.told();
    const create = (response: Json) => line.send({ type: "response.create", response });
    create(madeBeforehand(long));
    const first = (await line.until("response.created")).response.id;
    create({ ...madeBeforehand("No."), cancel_previous: false });
    expect((await line.until("error")).error.code).toBe("conversation_already_has_active_response");
    create({ ...madeBeforehand("One moment."), cancel_previous: false, commit: false });
    expect((await line.until("response.done")).response).toMatchObject({ status: "completed", conversation_id: null });
    create(madeBeforehand("Wait."));
    expect((await line.until("response.done")).response).toMatchObject({ id: first, status: "cancelled" });
    const last = (await line.until("response.done")).response;
    expect(line.heard(last.id)).toEqual(["Wait."]);
  });
});

describe("a conversation", () => {
  test("can be told what was said before, in the older name of text", async () => {
    const line = await Line.told();
    const content = [{ type: "text", text: "Hello, here is Ada." }];
    line.send({ type: "conversation.item.create", item: { type: "message", role: "assistant", content } });
    expect((await line.until("conversation.item.created")).item).toMatchObject({ role: "assistant", content });
  });

  standInOnly("is heard in the language it is spoken in, written down and answered by voice", async () => {
    const line = await Line.told();
    line.says("Bonjour, je suis Zoé et j'ai eu un accident hier.");
    const started = await line.until("input_audio_buffer.speech_started");
    expect(await line.until("input_audio_buffer.committed")).toMatchObject({ item_id: started.item_id });
    const completed = await line.until("conversation.item.input_audio_transcription.completed");
    expect(completed).toMatchObject({
      transcript: "Bonjour, je suis Zoé et j'ai eu un accident hier.",
      phrases: [{ text: completed.transcript, locale: "fr-FR", offset_milliseconds: started.audio_start_ms }],
    });
    const { response } = await line.until("response.done");
    expect(line.heard(response.id).join(" ")).toBe(response.output[0].content[0].transcript);
  });

  standInOnly("keeps only what was heard of an answer that was cut", async () => {
    const line = await Line.told();
    line.send({ type: "response.create", response: madeBeforehand("Hello, here is Ada. How can I help you today?") });
    const { item_id, response_id } = await line.until("response.audio.delta");
    line.send({ type: "response.cancel", response_id });
    expect((await line.until("response.done")).response).toMatchObject({ status: "cancelled" });
    line.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 60 });
    expect(await line.until("conversation.item.truncated")).toMatchObject({ item_id, audio_end_ms: 60 });
    line.send({ type: "conversation.item.retrieve", item_id });
    const { item } = await line.until("conversation.item.retrieved");
    expect("Hello, here is Ada.".startsWith(item.content[0].transcript)).toBe(true);
    expect(item.content[0].transcript.length).toBeLessThan(8);
    line.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 999_999 });
    expect((await line.until("error")).error.param).toBe("audio_end_ms");
  });

  test("keeps the voice it was heard with", async () => {
    const line = await Line.told();
    line.send({ type: "response.create", response: madeBeforehand("Hello.") });
    await line.until("response.done");
    line.send(sessionUpdate({ ...brief, speed: 0.8 }) as Json);
    await line.until("session.updated");
    line.send(sessionUpdate({ ...brief, language: "fr-FR" }) as Json);
    expect((await line.until("error")).error).toMatchObject({
      code: "cannot_update_voice",
      param: "session.voice",
      event_id: "brief",
    });
  });
});
