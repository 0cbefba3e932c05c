/**
 * What a caller hears when something is killed in the middle of a sentence: one laptop whose model and Redis are processes of their own, and
 * callers by sound. Times are the phone's own, counted in frames; what was heard is printed for each.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "../../laptop/free-port.ts";
import type { Call } from "../../runtime/calls/call.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";
import { CallerPhone } from "./caller-phone.ts";
import { type Killable, killable } from "./killable.ts";

const aCallMs = 180_000;

let folder: string;
let laptop: RunningLaptop;
let model: Killable;
let redis: Killable;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-survival-"));
  const [modelPort, redisPort] = [await freePort(), await freePort()];
  model = killable(new URL("./model-process.ts", import.meta.url), modelPort);
  redis = killable(new URL("./redis-process.ts", import.meta.url), redisPort);
  await Promise.all([model.start(folder), redis.start()]);
  laptop = await startLaptop({
    OPENAI_BASE_URL: `http://127.0.0.1:${modelPort}/openai/v1`,
    OPENAI_API_KEY: "none",
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  });
}, 120_000);
afterAll(async () => {
  await laptop?.stop();
  await Promise.all([model.kill(), redis.kill()]);
  await rm(folder, { recursive: true, force: true });
});

const greeting = "Hello, I'm Amelia from Contoso Insurance. How can I help you?";
const trouble = "Hello, I have a leak in my bathroom";
/** What the assistant is saying when it happens. */
const answer = ["I am sorry to hear that.", "Thank you, I have noted that. When did it happen?"];
const moment = "One moment please, I am looking into it.";
const lineBack = "Sorry, the line was interrupted for a moment.";
const since = "It began yesterday";

/** A call whose caller has told their trouble, and hears the first half of a sentence about it. */
async function hearing(number: string): Promise<CallerPhone> {
  const phone = await CallerPhone.calls(laptop, number);
  await phone.until("the greeting", () => phone.words.length > 0 && phone.isQuiet(600));
  phone.says(trouble);
  const saidMs = phone.nowMs;
  await phone.until("the answer", () => phone.hears(saidMs, 1_000));
  return phone;
}

/** The caller, who heard a question since, answers it, and hears that they were understood. What was heard is printed. */
async function goesOn(what: string, phone: CallerPhone, killedMs: number) {
  const isAsked = () => phone.heard.some((each) => each.atMs > killedMs && each.words.includes("When did it happen?"));
  await phone.until("the question", () => isAsked() && phone.isQuiet(700), 45_000);
  const heard = phone.heard.filter((each) => each.atMs > killedMs);
  const goesOnMs = heard.find((each) => each.words.includes("When did it happen?"))?.atMs ?? 0;
  const silenceMs = phone.silenceMs(killedMs, goesOnMs);
  phone.says(since);
  await phone.until("one's own words", () => phone.saysUntilMs > goesOnMs);
  const saidMs = phone.saysUntilMs;
  await phone.until("the next answer", () => phone.heard.some((each) => each.atMs > saidMs) && phone.isQuiet(700));
  const answeredMs = phone.soundAfter(saidMs) - saidMs;
  // What the machine itself was late by is nobody's fault.
  const lateMs = phone.lateMs(killedMs);
  console.info(
    [
      `${what}, killed in the middle of a sentence: longest silence ${silenceMs} ms, the machine late by ${lateMs} ms, the question asked after ${goesOnMs - killedMs} ms,`,
      `  the caller's next words answered after ${answeredMs} ms; heard (ms after, to the last word):`,
      ...heard.map((each) => `  ${String(each.atMs - killedMs).padStart(6)} ${each.words}`),
    ].join("\n"),
  );
  return { silenceMs: silenceMs - lateMs, answeredMs: answeredMs - lateMs, words: heard.map((each) => each.words) };
}

/** The record is whole: every turn of the caller once, and of the assistant's words those that were heard. */
async function isWhole(phone: CallerPhone): Promise<void> {
  phone.hangsUp();
  const call = await vi.waitFor(
    async () => {
      const ended = await laptop.call(phone.number);
      if (ended.status !== "ended") throw new Error(`The call is ${ended.status}.`);
      return ended;
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(spokenBy(call, "human")).toEqual([trouble, since]);
  const kept = spokenBy(call, "assistant");
  expect(kept.filter((each) => each === greeting)).toHaveLength(1);
  const heard = phone.words.join(" ");
  // Of what was cut off the phone's ear has no words, the record those that are likely to have been heard.
  for (const words of kept)
    expect(
      [heard, ...answer].some((each) => each.includes(words)),
      words,
    ).toBe(true);
  for (const words of phone.words.slice(1))
    if (![moment, lineBack, ...answer].includes(words)) expect(kept.join(" ")).toContain(words);
}

const spokenBy = (call: Call, persona: "human" | "assistant") =>
  call.messages.flatMap((each) => (each.persona === persona && each.action === "talk" && each.content ? [each.content] : []));

/** The child of the laptop that is not the functions host: a container's command. */
function bridgePid(): number {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  const children = lines.map((line) => line.trim().split(/\s+/)).filter(([, parent]) => Number(parent) === laptop.pid);
  return Number(children.find((each) => each.includes("--input-type=module"))?.[0]);
}

/** Nobody is greeted twice, and words come in this order. */
function inOrder(words: readonly string[], ...expected: readonly string[]): void {
  expect(words).not.toContain(greeting);
  expect(words.filter((each) => expected.includes(each))).toEqual(expected);
}

/** Beside what the machine is late by; virtual time has the exact bounds (tests/bridge/survival.test.ts). */
const somebodySpeaksMs = 5_000;
const answerMs = 4_000;

describe.concurrent("while one of them is killed, the others do not notice:", () => {
  test("C8: the media socket", { timeout: aCallMs }, async ({ expect }) => {
    const phone = await hearing("+33612345701");
    const killedMs = phone.nowMs;
    expect(await phone.losesSound()).toBe(204);
    const { silenceMs, words, answeredMs } = await goesOn("media socket", phone, killedMs);
    inOrder(words, moment, lineBack);
    expect(words.indexOf(lineBack)).toBeLessThan(words.findIndex((each) => each.includes("When did it happen?")));
    expect(silenceMs).toBeLessThan(somebodySpeaksMs);
    expect(answeredMs).toBeLessThan(answerMs);
    await isWhole(phone);
  });

  test("Redis", { timeout: aCallMs }, async ({ expect }) => {
    const phone = await hearing("+33612345702");
    const killedMs = phone.nowMs;
    await redis.kill();
    const { silenceMs, words, answeredMs } = await goesOn("Redis", phone, killedMs);
    await redis.start();
    expect(words.slice(0, 2)).toEqual(answer);
    expect(silenceMs).toBeLessThan(1_000);
    expect(answeredMs).toBeLessThan(answerMs);
    await isWhole(phone);
  });
});

test("C8: the bridge is killed, and the one that is started in its place goes on", { timeout: aCallMs }, async () => {
  const phone = await hearing("+33612345703");
  const killedMs = phone.nowMs;
  process.kill(bridgePid(), "SIGKILL");
  const { silenceMs, words, answeredMs } = await goesOn("bridge", phone, killedMs);
  inOrder(words, moment, lineBack);
  expect(silenceMs).toBeLessThan(somebodySpeaksMs);
  expect(answeredMs).toBeLessThan(answerMs);
  await isWhole(phone);
});

test("C18: the model is killed, and comes back without realtime: the cascade takes the call", {
  timeout: aCallMs,
}, async () => {
  const phone = await hearing("+33612345704");
  const killedMs = phone.nowMs;
  await model.kill();
  const back = model.start(folder, "--no-realtime");
  const { silenceMs, words, answeredMs } = await goesOn("model", phone, killedMs);
  await back;
  inOrder(words);
  expect(silenceMs).toBeLessThan(somebodySpeaksMs);
  expect(answeredMs).toBeLessThan(answerMs);
  await isWhole(phone);
});
