/**
 * What the runtime may rely on from Azure OpenAI, through the official client. Against the real service: CONTRACT_OPENAI_ENDPOINT, and
 * CONTRACT_OPENAI_CHAT, _EMBEDDING, _REALTIME and _ROUTER with the names of deployments there.
 */
import { DefaultAzureCredential, getBearerTokenProvider, type TokenCredential } from "@azure/identity";
import OpenAI, { APIError } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { ChatCompletion } from "openai/resources/chat/completions";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI, type OpenAIStandIn } from "../../laptop/openai/open-ai.ts";
import { bytesFromPcm, muLawFromPcm, pcmFromBytes, resample } from "../../laptop/voice/sound.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { sessionUpdate } from "../../runtime/bridge/voice-model/realtime-events.ts";
import { BrowserPeer } from "../support/browser-peer.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_OPENAI_ENDPOINT;
const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/openai";
const chat = process.env.CONTRACT_OPENAI_CHAT ?? "chat";
const embedding = process.env.CONTRACT_OPENAI_EMBEDDING ?? "embedding";
const realtime = process.env.CONTRACT_OPENAI_REALTIME ?? "voice";
const router = process.env.CONTRACT_OPENAI_ROUTER ?? "router";
const scope = "https://cognitiveservices.azure.com/.default";
/** Behaviour of the stand-in alone: its words, its faults, its refusals of other identities. */
const standInOnly = test.skipIf(real);
if (real)
  console.warn(
    "Running against a real endpoint: refusals that need another identity, and the stand-in's own words, are skipped.",
  );

let world: World;
let voice: Voice;
let standIn: OpenAIStandIn;
let endpoint: string;
let credential: TokenCredential;
let stranger: TokenCredential;

beforeAll(async () => {
  world = await openWorld();
  voice = await openVoice();
  standIn = createOpenAI({
    access: world.directory,
    accountId,
    clock: world.clock,
    model: createModel(),
    voice,
    random: Math.random,
  });
  standIn.createDeployment({ name: chat, model: "gpt-5-mini", version: "2026-01-01", capacity: 100 });
  standIn.createDeployment({ name: embedding, model: "text-embedding-3-large", version: "1", capacity: 100 });
  standIn.createDeployment({ name: realtime, model: "gpt-realtime-2.1-mini", version: "2026-07-07", capacity: 100 });
  standIn.createDeployment({ name: router, model: "model-router", version: "2025-11-18", capacity: 100 });
  const app = world.identity();
  world.grant({ objectId: app.objectId, role: "Cognitive Services OpenAI User", scope: accountId });
  endpoint = real ?? (await world.start(standIn)).url;
  credential = real ? new DefaultAzureCredential() : app.credential;
  stranger = world.identity().credential;
});
afterAll(() => world.close());

const baseURL = () => `${endpoint.replace(/\/$/, "")}/openai/v1`;
const client = (from: TokenCredential = credential, tokenScope = scope) =>
  new OpenAI({ baseURL: baseURL(), apiKey: getBearerTokenProvider(from, tokenScope), maxRetries: 0 });
const bearer = async (tokenScope = scope) => `Bearer ${(await credential.getToken(tokenScope))?.token}`;

async function apiError(attempt: Promise<unknown>): Promise<APIError> {
  const error = await attempt.catch((reason: unknown) => reason);
  if (!(error instanceof APIError)) throw new Error(`expected the API's error, got ${String(error)}`);
  return error;
}

const lookUp = {
  type: "function" as const,
  function: {
    name: "search_document",
    description: "Looks up documents.",
    parameters: { type: "object", properties: { queries: { type: "array", items: { type: "string" } } } },
  },
};

describe("chat completions", () => {
  test("an answer has words, a reason to stop and a bill", async () => {
    const answer = await client().chat.completions.create({ model: chat, messages: [{ role: "user", content: "Hello!" }] });
    expect(answer.choices[0]?.message.content).toBeTruthy();
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0));
  });

  standInOnly("an answer is given from the conversation it belongs to", async () => {
    const answer = await client().chat.completions.create({
      model: chat,
      messages: [
        { role: "user", content: "My name is Ada. Where is my parcel?" },
        { role: "assistant", content: "It is on its way." },
        { role: "user", content: "What is my name?" },
      ],
    });
    expect(answer.choices[0]?.message.content).toBe("Your name is Ada.");
  });

  test("streamed deltas add up to the answer, and the bill comes last when asked for", async () => {
    const stream = client().chat.completions.stream({
      model: chat,
      messages: [{ role: "user", content: "Hello!" }],
      stream_options: { include_usage: true },
    });
    let words = "";
    for await (const chunk of stream) words += chunk.choices[0]?.delta.content ?? "";
    expect(words).toBe((await stream.finalChatCompletion()).choices[0]?.message.content);
    expect((await stream.totalUsage()).total_tokens).toBeGreaterThan(0);
  });

  test("a tool that must be called is called, streamed or not, and its answer leads to words", async () => {
    const question = { role: "user" as const, content: "What does the policy cover after hail?" };
    const request = { model: chat, tools: [lookUp], tool_choice: "required" as const, messages: [question] };
    const whole = await client().chat.completions.create(request);
    const [call] = whole.choices[0]?.message.tool_calls ?? [];
    expect(whole.choices[0]?.finish_reason).toBe("tool_calls");
    expect(call).toMatchObject({ type: "function", function: { name: "search_document" } });
    const streamed = await client().chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: "search_document" } });
    const after = await client().chat.completions.create({
      model: chat,
      tools: [lookUp],
      messages: [
        question,
        whole.choices[0]!.message,
        {
          role: "tool",
          tool_call_id: call!.id,
          content: JSON.stringify([{ content: "Hail damage to roofs is covered up to 5,000 euros." }]),
        },
      ],
    });
    expect(after.choices[0]?.message.content).toContain("5,000");
  });

  test("a strict schema is followed, and one that is not strict is refused", async () => {
    const schema = z.object({
      short: z.string(),
      satisfaction: z.enum(["low", "high", "unknown"]),
      improvement_suggestions: z.string(),
    });
    const answer = await client().chat.completions.parse({
      model: chat,
      messages: [{ role: "user", content: "Customer: my roof leaks, thank you for helping" }],
      response_format: zodResponseFormat(schema, "synthesis"),
    });
    expect(schema.safeParse(answer.choices[0]?.message.parsed).success).toBe(true);
    const open = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    const error = await apiError(
      client().chat.completions.create({
        model: chat,
        messages: [{ role: "user", content: "x" }],
        response_format: { type: "json_schema", json_schema: { name: "open", strict: true, schema: open } },
      }),
    );
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining("additionalProperties") });
  });

  test("a short limit cuts the words and says so", async () => {
    const answer = await client().chat.completions.create({
      model: chat,
      messages: [{ role: "user", content: "Tell me a long story." }],
      max_completion_tokens: 3,
    });
    expect(answer.choices[0]?.finish_reason).toBe("length");
  });

  standInOnly("faults come on demand: throttling with its delay, a server error, a stream that breaks", async () => {
    const ask = () => client().chat.completions.create({ model: chat, messages: [{ role: "user", content: "Hello!" }] });
    standIn.fault({ on: "chat", kind: "throttled", retryAfterMs: 1_500 });
    const throttled = await apiError(ask());
    expect(throttled.status).toBe(429);
    expect(throttled.headers?.get("retry-after-ms")).toBe("1500");
    standIn.fault({ on: "chat", kind: "server-error" });
    expect((await apiError(ask())).status).toBe(500);
    standIn.fault({ on: "chat", kind: "broken-stream" });
    const stream = await client().chat.completions.create({
      model: chat,
      stream: true,
      messages: [{ role: "user", content: "Tell me something." }],
    });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow();
    expect((await ask()).choices).toHaveLength(1);
  });
});

describe("model-router", () => {
  const asks = (content: string, more: Record<string, unknown> = {}) =>
    client().chat.completions.create({
      model: router,
      messages: [{ role: "user", content }],
      ...more,
    } as never) as Promise<ChatCompletion>;

  test("answers as a chat model does, and names the model it picked for the message", async () => {
    const easy = await asks("Hello!");
    const hard = await asks("Explain how distributed consensus works, and prove that it is safe.");
    expect(easy.choices[0]?.message.content).toBeTruthy();
    for (const { model } of [easy, hard]) expect(model).toMatch(/^[\w.-]+-\d{4}-\d{2}-\d{2}$/);
  });

  standInOnly("picks a larger model for a harder message", async () => {
    const models = await Promise.all(
      ["Hello!", "Which documents do I need to send to you after the storm, and by when?", "Explain distributed consensus."].map(
        async (content) => (await asks(content)).model,
      ),
    );
    expect(models).toEqual(["gpt-5-nano-2025-08-07", "gpt-5-mini-2025-08-07", "gpt-5-2025-08-07"]);
  });

  test("settles the effort of reasoning itself, hears no sound and speaks no realtime protocol", async () => {
    expect(await apiError(asks("Hello!", { reasoning_effort: "low" }))).toMatchObject({ status: 400, param: "reasoning_effort" });
    expect(
      (await apiError(asks("Hello!", { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } }))).status,
    ).toBe(400);
    const secret = client().realtime.clientSecrets.create({ session: { type: "realtime", model: router } });
    expect((await apiError(secret)).status).toBe(400);
  });
});

describe("embeddings", () => {
  test("texts about the same are nearer than texts about something else, in the dimensions asked for", async () => {
    const { data } = await client().embeddings.create({
      model: embedding,
      dimensions: 256,
      input: ["hail damaged the roof", "the roof was damaged by hail", "your invoice is due in March"],
    });
    const [one, other, far] = data.map((each) => each.embedding);
    const nearness = (a: number[] = [], b: number[] = []) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
    expect(one).toHaveLength(256);
    expect(nearness(one, other)).toBeGreaterThan(nearness(one, far) + 0.1);
    expect(nearness(one, one)).toBeCloseTo(1, 3);
  });

  test("the same text gives the same vector, as numbers or as base64", async () => {
    const ask = (format: "float" | "base64") =>
      client().embeddings.create({ model: embedding, input: "hail", encoding_format: format });
    const [numbers, base64] = [await ask("float"), await ask("base64")];
    const bytes = Buffer.from(base64.data[0]!.embedding as unknown as string, "base64");
    const decoded = [
      ...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer),
    ];
    expect(decoded[0]).toBeCloseTo(numbers.data[0]!.embedding[0]!, 5);
    expect(decoded).toHaveLength(3_072);
  });
});

describe("refusals", () => {
  test("no token and a key are 401", async () => {
    const keyed = new OpenAI({ baseURL: baseURL(), apiKey: "00000000000000000000000000000000", maxRetries: 0 });
    expect((await apiError(keyed.models.list().then())).status).toBe(401);
    expect((await fetch(`${baseURL()}/models`)).status).toBe(401);
  });

  test("a token for another service is 401, one for ai.azure.com is not", async () => {
    expect((await apiError(client(credential, "https://vault.azure.net/.default").models.list().then())).status).toBe(401);
    expect((await client(credential, "https://ai.azure.com/.default").models.list()).data.length).toBeGreaterThan(0);
  });

  standInOnly("an identity without the role is 403 PermissionDenied", async () => {
    expect(await apiError(client(stranger).models.list().then())).toMatchObject({ status: 403, code: "PermissionDenied" });
  });

  test("a deployment that does not exist is 404, and one that cannot do this is 400", async () => {
    const ask = (model: string) =>
      apiError(client().chat.completions.create({ model, messages: [{ role: "user", content: "x" }] }));
    expect(await ask("nowhere")).toMatchObject({ status: 404, code: "DeploymentNotFound" });
    expect(await ask(embedding)).toMatchObject({ status: 400, code: "OperationNotSupported" });
  });

  test.each([
    ["api-version in the address", "?api-version=2025-04-01-preview&model=", {}, 401],
    ["the preview header", "?model=", { "OpenAI-Beta": "realtime=v1" }, 400],
  ])("a realtime socket with %s is refused", async (_, query, headers, status) => {
    expect(await handshake(`${query}${realtime}`, { ...headers, authorization: await bearer() })).toBe(status);
  });

  test("a realtime socket without a token, to an unknown deployment or to an unknown call is refused", async () => {
    const authorization = await bearer();
    expect(await handshake(`?model=${realtime}`, {})).toBe(401);
    expect(await handshake("?model=nowhere", { authorization })).toBe(404);
    expect(await handshake("?call_id=rtc_nobody", { authorization })).toBe(404);
  });

  function handshake(query: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${baseURL().replace(/^http/, "ws")}/realtime${query}`, { headers });
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.on("open", () => reject(new Error("the socket opened")));
      socket.on("error", reject);
    });
  }
});

/** The parts of an event that these tests look at; each event has its own of them. */
interface Heard {
  readonly type: string;
  readonly delta: string;
  readonly text: string;
  readonly arguments: string;
  readonly transcript: string;
  readonly error: { readonly message: string };
  readonly item: { readonly content: readonly [{ readonly transcript: string }] };
  readonly response: {
    readonly output: readonly [
      { readonly id: string; readonly call_id: string; readonly content: readonly [{ readonly transcript: string }] },
    ];
  };
}

/** A realtime client that keeps every event and can be waited on. */
class Line {
  readonly socket: OpenAIRealtimeWS;
  readonly events: Heard[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(socket: OpenAIRealtimeWS) {
    this.socket = socket;
    socket.on("event", (event) => {
      this.events.push(event as unknown as Heard);
      for (const check of this.#waiting) check();
    });
    socket.on("error", () => {});
  }

  static async open(from: OpenAI = client(), props: { model: string } | { callID: string } = { model: realtime }): Promise<Line> {
    return new Line(await OpenAIRealtimeWS.create(from, props as { model: string }));
  }

  send(event: Record<string, unknown>): void {
    this.socket.send(event as never);
  }

  /** The first event of the type after the `after`th. */
  until(type: string, after = 0): Promise<Heard> {
    return new Promise((resolve) => {
      const check = () => {
        const found = this.events.slice(after).find((event) => event.type === type);
        if (!found) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  say(text: string, format: "pcm" | "pcmu" = "pcm"): void {
    const pcm = Int16Array.from([...new Int16Array(12_000), ...voice.speak(text), ...new Int16Array(24_000)]);
    const bytes = format === "pcm" ? bytesFromPcm(pcm) : Buffer.from(muLawFromPcm(resample(pcm, 24_000, 8_000)));
    const step = format === "pcm" ? 960 : 160;
    for (let at = 0; at < bytes.length; at += step)
      this.send({ type: "input_audio_buffer.append", audio: bytes.subarray(at, at + step).toString("base64") });
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

describe("a realtime session", () => {
  const lines: Line[] = [];
  const dial = async (...parts: Parameters<typeof Line.open>) => {
    const line = await Line.open(...parts);
    lines.push(line);
    await line.until("session.created");
    return line;
  };
  afterEach(() => {
    for (const line of lines.splice(0)) line.socket.close();
  });
  const session = (more: Record<string, unknown> = {}) => ({ type: "session.update", session: { type: "realtime", ...more } });

  test("begins with its settings and takes new ones, in the GA shape only", async () => {
    const line = await dial();
    expect(line.events[0]).toMatchObject({
      type: "session.created",
      session: { type: "realtime", audio: { input: { format: { type: "audio/pcm", rate: 24_000 } } } },
    });
    line.send(session({ instructions: "Be brief.", audio: { input: { transcription: { model: "gpt-4o-mini-transcribe" } } } }));
    expect(await line.until("session.updated")).toMatchObject({ session: { instructions: "Be brief." } });
    line.send({ ...session({ modalities: ["audio"] }), event_id: "mine" });
    expect(await line.until("error")).toMatchObject({
      error: { code: "unknown_parameter", param: "session.modalities", event_id: "mine" },
    });
    const after = line.events.length;
    line.send({ type: "session.update", session: { instructions: "no type" } });
    expect(await line.until("error", after)).toMatchObject({ error: { param: "session.type" } });
  });

  standInOnly("hears words in sound, over 24 kHz and over mu-law, and answers with sound that holds its transcript", async () => {
    for (const format of ["pcm", "pcmu"] as const) {
      const line = await dial();
      const wire = format === "pcm" ? { type: "audio/pcm", rate: 24_000 } : { type: "audio/pcmu" };
      line.send(
        session({
          audio: {
            input: { format: wire, transcription: { model: "whisper-1" } },
            output: { format: { type: "audio/pcm", rate: 24_000 } },
          },
        }),
      );
      line.say("Hello, my roof leaks", format);
      expect(await line.until("conversation.item.input_audio_transcription.completed")).toMatchObject({
        transcript: "Hello, my roof leaks",
      });
      const done = await line.until("response.done");
      expect(done.response).toMatchObject({ status: "completed", usage: { total_tokens: expect.any(Number) } });
      const sound = Buffer.concat(
        line.events.filter(({ type }) => type === "response.output_audio.delta").map(({ delta }) => Buffer.from(delta, "base64")),
      );
      const ear = voice.ear();
      const transcript = done.response.output[0].content[0].transcript;
      expect(ear.hear(pcmFromBytes(sound)).join("")).toBe(transcript);
      ear.close();
      const deltas = line.events
        .filter(({ type }) => type === "response.output_audio_transcript.delta")
        .map(({ delta }) => delta);
      expect(deltas.join("")).toBe(transcript);
      const order = [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
      ];
      await line.until("rate_limits.updated");
      const places = order.map((type) => line.types().indexOf(type));
      expect(places).toEqual(places.toSorted((one, other) => one - other));
      expect(places).not.toContain(-1);
    }
  });

  standInOnly("says plainly when the sound it heard holds no words", async () => {
    const line = await dial();
    line.send(session({ output_modalities: ["text"] }));
    const hum = Int16Array.from({ length: 48_000 }, (_, at) => (at < 24_000 ? 6_000 * Math.sin(at / 20) : 0));
    line.send({ type: "input_audio_buffer.append", audio: bytesFromPcm(hum).toString("base64") });
    expect((await line.until("response.output_text.done")).text).toContain("OPENAI_API_KEY");
  });

  test("calls a tool, takes its answer and goes on", async () => {
    const line = await dial();
    line.send(session({ output_modalities: ["text"], tools: [{ type: "function", ...lookUp.function }], tool_choice: "auto" }));
    line.send({
      type: "conversation.item.create",
      item: {
        type: "message",
        role: "user",
        content: [{ type: "input_text", text: "What does the policy cover after hail? Search the documents." }],
      },
    });
    line.send({ type: "response.create", response: { tool_choice: { type: "function", name: "search_document" } } });
    const call = await line.until("response.function_call_arguments.done");
    expect(JSON.parse(call.arguments).queries.length).toBeGreaterThan(0);
    const done = await line.until("response.done");
    const callId = done.response.output[0].call_id;
    line.send({
      type: "conversation.item.create",
      item: {
        type: "function_call_output",
        call_id: callId,
        output: JSON.stringify([{ content: "Hail is covered up to 5,000 euros." }]),
      },
    });
    const after = line.events.length;
    line.send({ type: "response.create" });
    expect((await line.until("response.output_text.done", after)).text).toContain("5,000");
  });

  standInOnly("is interrupted by the caller, and keeps what was heard when told to truncate", async () => {
    const line = await dial();
    const long = "This is a rather long sentence, said so that somebody has the time to interrupt it in the middle. "
      .repeat(4)
      .trim();
    line.send({ type: "response.create", response: { instructions: `Say exactly: "${long}"` } });
    await line.until("response.output_audio.delta");
    line.say("wait");
    const done = await line.until("response.done");
    expect(done.response).toMatchObject({ status: "cancelled", status_details: { type: "cancelled", reason: "turn_detected" } });
    const itemId = done.response.output[0].id;
    line.send({ type: "conversation.item.truncate", item_id: itemId, content_index: 0, audio_end_ms: 9_000_000 });
    expect((await line.until("error")).error.message).toContain("already shorter");
    line.send({ type: "conversation.item.truncate", item_id: itemId, content_index: 0, audio_end_ms: 100 });
    expect(await line.until("conversation.item.truncated")).toMatchObject({ item_id: itemId, audio_end_ms: 100 });
    line.send({ type: "conversation.item.retrieve", item_id: itemId });
    const kept = (await line.until("conversation.item.retrieved")).item.content[0].transcript;
    expect(kept.length).toBeLessThan(long.length / 2);
  });

  test("is cancelled by the client, and a second cancel or response is an error event, not an end", async () => {
    const line = await dial();
    line.send({
      type: "response.create",
      response: { instructions: `Say exactly: "${"One two three four five. ".repeat(12)}"` },
    });
    await line.until("response.output_audio.delta");
    line.send({ type: "response.create" });
    expect(await line.until("error")).toMatchObject({ error: { code: "conversation_already_has_active_response" } });
    line.send({ type: "response.cancel" });
    expect(await line.until("response.done")).toMatchObject({ response: { status: "cancelled" } });
    const after = line.events.length;
    line.send({ type: "response.cancel" });
    expect(await line.until("error", after)).toMatchObject({ error: { code: "response_cancel_not_active" } });
    line.send({ type: "nonsense" });
    expect(await line.until("error", after + 1)).toMatchObject({ error: { param: "type" } });
  });

  test("with turns left to the client, commits what it is given and refuses an empty buffer", async () => {
    const line = await dial();
    line.send(session({ audio: { input: { turn_detection: null, transcription: { model: "whisper-1" } } } }));
    line.send({ type: "input_audio_buffer.commit" });
    expect(await line.until("error")).toMatchObject({ error: { code: "input_audio_buffer_commit_empty" } });
    line.say("push to talk");
    line.send({ type: "input_audio_buffer.commit" });
    await line.until("conversation.item.input_audio_transcription.completed");
    expect(line.types()).not.toContain("response.created");
    expect(line.types()).not.toContain("input_audio_buffer.speech_started");
  });

  standInOnly("dies in the middle on demand", async () => {
    standIn.fault({ on: "realtime", kind: "broken-stream" });
    const line = await dial();
    const closed = new Promise<number>((resolve) => line.socket.socket.on("close", resolve));
    for (let at = 0; at < 5; at++) line.send({ type: "input_audio_buffer.clear" });
    expect(await closed).toBe(1_006);
  });
});

describe("ephemeral secrets", () => {
  test("a secret has a value, a lifetime and its session, and opens that session alone", async () => {
    const before = Math.floor(Date.now() / 1_000);
    const secret = await client().realtime.clientSecrets.create({
      session: { type: "realtime", model: realtime, instructions: "From the secret." },
      expires_after: { anchor: "created_at", seconds: 60 },
    });
    expect(secret.value).toMatch(/^ek_/);
    expect(secret.expires_at - before).toBeGreaterThanOrEqual(59);
    const browser = new OpenAI({ baseURL: baseURL(), apiKey: secret.value, maxRetries: 0 });
    const line = await Line.open(browser);
    expect(await line.until("session.created")).toMatchObject({ session: { instructions: "From the secret." } });
    line.socket.close();
    expect((await apiError(browser.models.list().then())).status).toBe(401);
  });

  test("a lifetime out of bounds and a preview session are refused", async () => {
    const create = (body: Record<string, unknown>) => apiError(client().realtime.clientSecrets.create(body as never));
    const session = { type: "realtime", model: realtime };
    expect(await create({ session, expires_after: { anchor: "created_at", seconds: 9 } })).toMatchObject({
      status: 400,
      param: "expires_after.seconds",
    });
    expect(await create({ session: { ...session, modalities: ["audio"] } })).toMatchObject({
      status: 400,
      param: "session.modalities",
    });
    expect((await create({ session: { type: "realtime", model: "nowhere" } })).status).toBe(404);
  });
});

describe("a WebRTC call", () => {
  const session = {
    type: "realtime" as const,
    model: realtime,
    audio: { input: { transcription: { model: "whisper-1" as const } } },
  };

  async function call(query = ""): Promise<{ peer: BrowserPeer; callId: string }> {
    const secret = await client().realtime.clientSecrets.create({ session });
    const peer = new BrowserPeer(voice);
    const answer = await fetch(`${baseURL()}/realtime/calls${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret.value}`, "content-type": "application/sdp" },
      body: await peer.offer(),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toContain("application/sdp");
    const callId = answer.headers.get("location")?.split("/").at(-1) ?? "";
    expect(callId).toMatch(/^rtc_/);
    await peer.connect(await answer.text());
    return { peer, callId };
  }

  standInOnly(
    "carries words both ways, tells the browser little, and tells a listening server everything until it hangs up",
    async () => {
      const { peer, callId } = await call("?webrtcfilter=on");
      const sideband = await Line.open(client(), { callID: callId });
      await sideband.until("session.created");
      await peer.says("Hello");
      const [heard] = await peer.hears();
      const done = await sideband.until("response.done");
      expect(heard).toBe(done.response.output[0].content[0].transcript);
      expect(await sideband.until("conversation.item.input_audio_transcription.completed")).toMatchObject({
        transcript: "Hello",
      });
      await sideband.until("output_audio_buffer.stopped");
      expect(peer.events).toContain("response.output_audio_transcript.done");
      expect(peer.events).not.toContain("response.done");
      expect(peer.events).not.toContain("session.created");
      expect(sideband.types()).not.toContain("response.output_audio.delta");
      const closed = new Promise((resolve) => sideband.socket.socket.on("close", resolve));
      await client().realtime.calls.hangup(callId);
      await closed;
      expect((await apiError(client().realtime.calls.hangup(callId))).status).toBe(404);
      await peer.close();
    },
  );

  test("is refused without a secret, with a form instead of an offer, and with no offer at all", async () => {
    const post = async (headers: Record<string, string>, body: string) =>
      (await fetch(`${baseURL()}/realtime/calls?model=${realtime}`, { method: "POST", headers, body })).status;
    const authorization = await bearer();
    expect(await post({ "content-type": "application/sdp" }, "v=0")).toBe(401);
    expect(await post({ "content-type": "application/sdp", authorization: "Bearer ek_nothing" }, "v=0")).toBe(401);
    expect(await post({ "content-type": "application/json", authorization }, "{}")).toBe(400);
    expect(await post({ "content-type": "application/sdp", authorization }, "hello")).toBe(400);
  });
});

describe("a model of one's own", () => {
  let near: OpenAI;
  let url: string;

  beforeAll(async () => {
    if (real) return;
    const token = (await bearer()).replace("Bearer ", "");
    const mine = createOpenAI({
      access: world.directory,
      accountId,
      clock: world.clock,
      model: createModel(),
      voice,
      random: Math.random,
      upstream: { baseURL: baseURL(), apiKey: token, models: { fast: chat, talk: realtime, writer: "whisper-1" } },
    });
    mine.createDeployment({ name: "fast", model: "gpt-5", version: "1", capacity: 1 });
    mine.createDeployment({ name: "talk", model: "gpt-realtime-2.1", version: "1", capacity: 1 });
    url = `${(await world.start(mine)).url}/openai/v1`;
    near = new OpenAI({ baseURL: url, apiKey: getBearerTokenProvider(credential, scope), maxRetries: 0 });
  });

  const session = {
    type: "realtime" as const,
    model: "talk",
    instructions: "You are Ada.",
    audio: { input: { transcription: { model: "writer" } } },
  };
  const offerTo = async (authorization: string, peer: BrowserPeer) =>
    fetch(`${url}/realtime/calls?webrtcfilter=on`, {
      method: "POST",
      headers: { authorization, "content-type": "application/sdp" },
      body: await peer.offer(),
    });

  standInOnly("answers the deployments it is named for, chat and voice, under its own key", async () => {
    const answer = await near.chat.completions.create({ model: "fast", messages: [{ role: "user", content: "Hello!" }] });
    expect(answer.model).toBe("gpt-5-mini");
    const line = await Line.open(near, { model: "talk" });
    expect(await line.until("session.created")).toMatchObject({ session: { model: realtime } });
    line.socket.close();
    const nobody = new OpenAI({ baseURL: url, apiKey: getBearerTokenProvider(stranger, scope), maxRetries: 0 });
    expect(
      (await apiError(nobody.chat.completions.create({ model: "fast", messages: [{ role: "user", content: "x" }] }))).status,
    ).toBe(403);
  });

  standInOnly("holds a phone call as the bridge opens it: told who it is, it hears the caller and speaks", async () => {
    const brief = {
      instructions: "You are Ada.",
      tools: [],
      language: "en-US",
      speed: 1,
      vadThreshold: 0.5,
      vadSilenceMs: 500,
      languages: [],
      recognitionMs: 100,
    };
    const line = await Line.open(near, { model: "talk" });
    await line.until("session.created");
    line.send(sessionUpdate(brief, "writer", true) as Record<string, unknown>);
    expect(await line.until("session.updated")).toMatchObject({
      session: { instructions: "You are Ada.", audio: { input: { transcription: { model: "whisper-1" } } } },
    });
    line.say("Hello, my roof leaks");
    expect(await line.until("conversation.item.input_audio_transcription.completed")).toMatchObject({
      transcript: "Hello, my roof leaks",
    });
    expect((await line.until("response.done")).response).toMatchObject({ status: "completed" });
    expect(line.types()).toContain("response.output_audio.delta");
    line.socket.close();
  });

  standInOnly("takes a browser's call by our address alone, tells our server of it and hangs up when we say so", async () => {
    const secret = await near.realtime.clientSecrets.create({ session });
    expect(secret).toMatchObject({
      value: expect.stringMatching(/^ek_/),
      session: { model: "talk", instructions: "You are Ada." },
    });
    // The server's own secret stays behind ours, which therefore opens nothing there.
    expect(
      (await fetch(`${baseURL()}/realtime/calls`, { method: "POST", headers: { authorization: `Bearer ${secret.value}` } }))
        .status,
    ).toBe(401);
    const peer = new BrowserPeer(voice);
    const answer = await offerTo(`Bearer ${secret.value}`, peer);
    expect(answer.status).toBe(201);
    const location = answer.headers.get("location") ?? "";
    expect(location).toMatch(/^\/openai\/v1\/realtime\/calls\/rtc_/);
    const callId = location.split("/").at(-1) ?? "";
    await peer.connect(await answer.text());
    const sideband = await Line.open(near, { callID: callId });
    expect(await sideband.until("session.created")).toMatchObject({ session: { model: realtime, instructions: "You are Ada." } });
    await peer.says("Hello");
    const [heard] = await peer.hears();
    expect(heard).toBe((await sideband.until("response.done")).response.output[0].content[0].transcript);
    expect(peer.events).not.toContain("response.done");
    const closed = new Promise((resolve) => sideband.socket.socket.on("close", resolve));
    await near.realtime.calls.hangup(callId);
    await closed;
    expect((await apiError(near.realtime.calls.hangup(callId))).status).toBe(404);
    // Whoever listens in is told so before the upgrade, as by the service itself: only that says that the call is over.
    const late = new WebSocket(`${url.replace(/^http/, "ws")}/realtime?call_id=${callId}`, {
      headers: { authorization: await bearer() },
    });
    expect(await new Promise((resolve) => late.on("unexpected-response", (_, { statusCode }) => resolve(statusCode)))).toBe(404);
    await peer.close();
  });

  standInOnly("takes an offer under our token too, and its refusals come back with their status and words", async () => {
    const peer = new BrowserPeer(voice);
    const answer = await fetch(`${url}/realtime/calls?model=talk`, {
      method: "POST",
      headers: { authorization: await bearer(), "content-type": "application/sdp" },
      body: await peer.offer(),
    });
    expect(answer.status).toBe(201);
    await near.realtime.calls.hangup(answer.headers.get("location")?.split("/").at(-1) ?? "");
    await peer.close();
    expect((await offerTo("Bearer ek_nothing", new BrowserPeer(voice))).status).toBe(401);
    const late = near.realtime.clientSecrets.create({ session, expires_after: { anchor: "created_at", seconds: 9 } });
    expect(await apiError(late)).toMatchObject({ status: 400, message: expect.stringContaining("10 to 7200") });
  });

  standInOnly("that cannot be reached is named as such", async () => {
    const lost = createOpenAI({
      access: world.directory,
      accountId,
      clock: world.clock,
      model: createModel(),
      voice,
      random: Math.random,
      upstream: { baseURL: "http://127.0.0.1:1/v1", apiKey: "", models: { fast: chat } },
    });
    lost.createDeployment({ name: "fast", model: "gpt-5", version: "1", capacity: 1 });
    const { url: door } = await world.start(lost);
    const asked = new OpenAI({ baseURL: `${door}/openai/v1`, apiKey: getBearerTokenProvider(credential, scope), maxRetries: 0 });
    expect(
      await apiError(asked.chat.completions.create({ model: "fast", messages: [{ role: "user", content: "x" }] })),
    ).toMatchObject({ status: 502, message: expect.stringContaining("OPENAI_BASE_URL") });
  });
});
