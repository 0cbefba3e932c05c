import OpenAI from "openai";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../../tests/support/virtual-clock.ts";
import type { ModelBrief, ModelEvent } from "../voice-model.ts";
import { Breaker } from "./breaker.ts";
import { History } from "./history.ts";
import { Speaker } from "./speaker.ts";

const brief: ModelBrief = {
  instructions: "You are Ada.",
  tools: [],
  language: "en-US",
  languages: [{ short_code: "en-US", voice: "en-US-AvaMultilingualNeural", pronunciations_en: ["English"] }],
  speed: 1,
  vadThreshold: 0.5,
  vadSilenceMs: 500,
  recognitionMs: 100,
};
const sentenceMs = 1_000;
const sound = Buffer.alloc(sentenceMs * 48);

type Utterance = {
  readonly text: string;
  readonly ssml: string;
  readonly sound: (pcm: Buffer) => void;
  readonly end: (said: boolean) => void;
};

/** A speaker with a voice the test plays, and a model whose answers are `texts`, streamed in pieces; one that ends in "✂" breaks off. */
function stage(...texts: string[]) {
  const events: ModelEvent[] = [];
  const spoken: Utterance[] = [];
  const requests: { role: string; content: string }[][] = [];
  const left = [...texts];
  let stopped = 0;
  let lost = 0;
  const clock = new VirtualClock();
  const client = new OpenAI({
    baseURL: "https://models.example/openai/v1",
    apiKey: "token",
    maxRetries: 0,
    fetch: async (_, init) => {
      requests.push((JSON.parse(String(init?.body)) as { messages: { role: string; content: string }[] }).messages);
      const text = left.shift() ?? "";
      const parts = text.replace("✂", "").match(/[\s\S]{1,3}/gu) ?? [];
      const chunks = parts.map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
      const end = text.endsWith("✂") ? [] : [{ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }];
      return new Response([...chunks, ...end].map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""), {
        headers: { "content-type": "text/event-stream" },
      });
    },
  });
  const history = new History();
  let ids = 0;
  const speaker = new Speaker(
    {
      chat: { client, clock, breaker: new Breaker(), deployments: ["fast", "strong"] },
      deployment: "fast",
      history,
      newId: () => `id-${++ids}`,
      report: (event) => events.push(event),
      lost: () => lost++,
      synthesis: {
        say(ssml, _, sounded) {
          return new Promise((end) =>
            spoken.push({ text: /([^<>]*)<\/prosody>/.exec(ssml)?.[1] ?? "", ssml, sound: sounded, end }),
          );
        },
        stop() {
          stopped++;
          spoken.at(-1)?.end(false);
        },
      },
    },
    brief,
  );
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  /** The voice says the next sentence to its end. */
  const says = async () => {
    await settle();
    spoken.at(-1)?.sound(sound);
    spoken.at(-1)?.end(true);
    await settle();
  };
  return { speaker, history, events, spoken, requests, settle, says, stopped: () => stopped, lost: () => lost };
}

const kinds = (events: readonly ModelEvent[]) => events.map((each) => each.kind);
const words = (events: readonly ModelEvent[]) => events.flatMap((each) => (each.kind === "words" ? [each.text] : []));

test("the first sentence is spoken before the second is known to end, and one after the other", async () => {
  const { speaker, spoken, says, events, settle } = stage("Hello there. How are you? Tell me");
  speaker.respond("answer");
  await settle();
  expect(spoken.map((each) => each.text)).toEqual(["Hello there."]);
  await says();
  await says();
  await says();
  expect(spoken.map((each) => each.text)).toEqual(["Hello there.", "How are you?", "Tell me"]);
  expect(kinds(events)).toEqual(["response_started", "words", "speech", "words", "speech", "words", "speech", "response_ended"]);
  expect(events.at(-1)).toMatchObject({ outcome: "completed" });
});

test("a style colours what follows it, and its tag is neither spoken nor written down", async () => {
  const { speaker, spoken, says, events, history } = stage("style=cheerful Good news. It is done. style=sad But not paid.");
  speaker.respond("answer");
  for (let each = 0; each < 3; each++) await says();
  expect(spoken.map((each) => /style="(\w+)"/.exec(each.ssml)?.[1])).toEqual(["cheerful", "cheerful", "sad"]);
  expect(words(events).join("")).toBe("Good news. It is done. But not paid.");
  expect(JSON.stringify(history.messages(""))).not.toContain("style=");
});

test("half a sentence of a broken answer is never spoken, and the other deployment goes on after the whole ones", async () => {
  const { speaker, spoken, says, requests, events } = stage("I am sorry. Where ar✂", "Where are you now?");
  speaker.respond("answer");
  await says();
  await says();
  expect(spoken.map((each) => each.text)).toEqual(["I am sorry.", "Where are you now?"]);
  expect(requests[1]?.slice(1)).toEqual([
    { role: "assistant", content: "I am sorry." },
    { role: "system", content: expect.stringContaining("Go on from there") },
  ]);
  expect(kinds(events).filter((each) => each === "response_started")).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ kind: "response_ended", outcome: "completed" });
});

test("an answer whose every attempt broke has failed once its whole sentences are spoken, and the next one goes on", async () => {
  const { speaker, says, requests, events } = stage("I am sorry. Wh✂", "Whe✂", "Where are you?");
  speaker.respond("answer");
  await says();
  expect(events.at(-1)).toMatchObject({ kind: "response_ended", outcome: "failed" });
  speaker.respond("answer");
  await says();
  expect(requests[2]?.at(-1)).toEqual({ role: "system", content: expect.stringContaining("Go on from there") });
  expect(words(events).join("")).toBe("I am sorry. Where are you?");
});

test("a cancelled response stops the voice, and what comes of it later is dropped", async () => {
  const { speaker, spoken, says, settle, events, history, stopped } = stage("One thing. Two things. Three.");
  speaker.respond("answer");
  await says();
  await settle();
  speaker.cancel("id-1");
  const count = events.length;
  spoken[1]?.sound(sound);
  await settle();
  expect(events.at(-1)).toEqual({ kind: "response_ended", responseId: "id-1", outcome: "cancelled" });
  expect([events.length, spoken.length, stopped()]).toEqual([count, 2, 1]);
  expect(history.messages("").at(-1)).toEqual({ role: "assistant", content: "One thing." });
  speaker.cancel("id-1");
  expect(events).toHaveLength(count);
});

test("a sentence that could not be begun is begun once more; one that breaks off ends its response", async () => {
  const { speaker, spoken, settle, events, lost } = stage("One thing. Two things.");
  speaker.respond("answer");
  await settle();
  spoken[0]?.end(false);
  await settle();
  expect(spoken.map((each) => each.text)).toEqual(["One thing.", "One thing."]);
  spoken[1]?.sound(sound);
  spoken[1]?.end(false);
  await settle();
  expect(events.at(-1)).toMatchObject({ kind: "response_ended", outcome: "failed" });
  expect([spoken.length, lost()]).toEqual([2, 0]);
});

test("a voice that cannot be made to speak is lost", async () => {
  const { speaker, spoken, settle, lost } = stage();
  speaker.respond("greeting", "Hello.");
  await settle();
  spoken[0]?.end(false);
  await settle();
  spoken[1]?.end(false);
  await settle();
  expect([spoken.length, lost()]).toEqual([2, 1]);
});

test("marks without a word in them are not spoken", async () => {
  const { speaker, spoken, says } = stage("… — Hello. 👍");
  speaker.respond("answer");
  await says();
  expect(spoken.map((each) => each.text)).toEqual(["— Hello."]);
});
