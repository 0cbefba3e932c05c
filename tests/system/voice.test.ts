/** How a call feels, at the phone's edge: interrupting, being kept waiting, saying nothing, choosing and changing the language. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { wallClock } from "../../laptop/clock.ts";
import { certificateAuthority } from "../../laptop/identity/certificates.ts";
import { frameMs } from "../../laptop/telephone/frame.ts";
import { openVoice, pcmDurationMs } from "../../laptop/voice/voice.ts";
import type { VoiceEngine } from "../../runtime/agent.ts";
import type { Call } from "../../runtime/calls/call.ts";
import { languageMenu } from "../../runtime/calls/language-menu.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { Phone } from "../support/caller.ts";
import { freshHome, type RunningLaptop, startLaptop } from "../support/laptop.ts";
import { type ModelDoor, openModelDoor, type Passed } from "../support/model-door.ts";

const aCallMs = 150_000;
const patient = { timeout: 60_000, interval: 250 };
vi.setConfig({ maxConcurrency: 10 });

/** More than nine: every key has two digits. */
const languages = [
  ...[
    ["en-US", "English"],
    ["fr-FR", "French"],
    ["es-ES", "Spanish"],
    ["de-DE", "German"],
    ["zh-CN", "Chinese"],
  ],
  ...[
    ["it-IT", "Italian"],
    ["pt-PT", "Portuguese"],
    ["nl-NL", "Dutch"],
    ["pl-PL", "Polish"],
    ["sv-SE", "Swedish"],
    ["ja-JP", "Japanese"],
  ],
].map(([short_code = "", name = ""]) => ({ short_code, voice: `${short_code}-Voice`, pronunciations_en: [name] }));

/** Longer than a busy machine keeps anybody waiting who is not meant to wait. */
const silenceTimeoutMs = 8_000;
const settings = {
  agent: { lang: { default_short_code: "en-US", choice: "ask", availables: languages } },
  flags: { answer_soft_timeout_sec: 4, phone_silence_timeout_sec: silenceTimeoutMs / 1_000, recognition_retry_max: 1 },
};

let door: ModelDoor;
let laptop: RunningLaptop;
beforeAll(async () => {
  const home = await freshHome();
  door = await openModelDoor((await certificateAuthority(join(home, "identity"), wallClock.nowMs())).server);
  await writeFile(join(home, "settings.yaml"), JSON.stringify({ config: settings }));
  laptop = await startLaptop({ LAPTOP_HOME: home, LAPTOP_SETTINGS: join(home, "settings.yaml"), ...door.environment });
}, 120_000);
afterAll(async () => {
  await laptop.stop();
  await door.close();
});

/** Has the system ring a phone, which is picked up. */
async function isCalled(phone: Phone, body: object): Promise<string> {
  const answer = await laptop.api("supervisor", "/call", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ phone_number: phone.number, ...body }),
  });
  expect(answer.status, await answer.clone().text()).toBe(201);
  await phone.answers();
  return ((await answer.json()) as Call).call_id;
}

const spoken = ({ messages }: Call): string[] =>
  messages.filter((each) => each.persona === "assistant" && each.action === "talk").map(({ content }) => content);

/** What a caller sees of one interruption, in milliseconds of the phone's own frames. */
interface Interruption {
  /** From the caller's first sound to the assistant's last. */
  readonly stoppedAfterMs: number;
  /** How long the caller's own words were. */
  readonly spokeMs: number;
  readonly playedMs: number;
  /** What the machine was late by around the interruption. */
  readonly lateMs: number;
  readonly kept: string;
  readonly greeting: string;
  /** How many words of the greeting are played whole by then. */
  readonly wordsBy: (ms: number) => number;
}

async function interrupted(engine: VoiceEngine, number: string): Promise<Interruption> {
  const phone = await Phone.at(laptop, number);
  const greeting = `This is ${engine} at ${number.slice(-2)}, which goes on speaking for a good while so that somebody can interrupt it long before it comes to an end of its own`;
  const id = await isCalled(phone, { voice_engines: [engine], phrases: { hello_tpl: [greeting] } });
  await phone.until("five seconds of the greeting", () => phone.loud.filter(Boolean).length >= 250);
  const { frame: began, durationMs: spokeMs } = await phone.begins("One moment please, I have a question about my car.");
  await phone.until("silence", () => phone.loud.slice(-10).every((each) => !each));
  const last = phone.loud.lastIndexOf(true);
  const playedMs = (last - phone.loud.indexOf(true) + 1) * frameMs;
  const { lateMs } = phone;
  await phone.turn();
  const [kept = ""] = spoken(await laptop.call(id));
  phone.hangsUp();
  const wholeMs = pcmDurationMs((await openVoice()).speak(greeting));
  const wordsBy = (ms: number) =>
    greeting.slice(0, Math.max(0, Math.floor((greeting.length * ms) / wholeMs)) + 1).split(" ").length - 1;
  return { stoppedAfterMs: (last - began) * frameMs, spokeMs, playedMs, lateMs, kept, greeting, wordsBy };
}

test("C5: speech that lasts stops the assistant at the phone, and what is kept is what the phone had played", {
  timeout: aCallMs,
}, async () => {
  const numbers = ["+33612345811", "+33612345812", "+33612345813", "+33612345814", "+33612345815", "+33612345816"];
  const all = await Promise.all(
    numbers.map(async (number, at) => {
      const engine = at % 2 === 0 ? ("realtime" as const) : ("cascade" as const);
      return { engine, ...(await interrupted(engine, number)) };
    }),
  );
  for (const { engine, stoppedAfterMs, spokeMs, playedMs, lateMs, kept, greeting, wordsBy } of all) {
    console.log(`C5 ${engine}: the assistant's last frame is ${stoppedAfterMs / frameMs} frames after the caller's first`);
    // While the caller is still speaking, and not before.
    expect(stoppedAfterMs).toBeGreaterThan(0);
    expect(stoppedAfterMs).toBeLessThan(spokeMs / 2 + lateMs);
    expect(greeting.startsWith(kept)).toBe(true);
    const keptWords = kept.split(" ").length;
    console.log(
      `C5 ${engine}: ${wordsBy(playedMs)} words were played, ${keptWords} are kept; the machine was late by ${lateMs} ms`,
    );
    expect(keptWords).toBeGreaterThanOrEqual(wordsBy(playedMs - lateMs) - 1);
    expect(keptWords).toBeLessThanOrEqual(wordsBy(playedMs + lateMs) + 1);
  }
  for (const { engine, greeting, kept, playedMs, lateMs, wordsBy } of all) {
    if (engine !== "realtime") continue;
    const toldMs = Number(truncationOf(greeting.slice(0, 30))?.event.audio_end_ms);
    console.log(`C5 ${engine}: ${playedMs} ms were played, the model was told ${toldMs}`);
    expect(Math.abs(toldMs - playedMs)).toBeLessThanOrEqual(40 + lateMs);
    // However late the machine was: the model and the record were told the same.
    expect(Math.abs(kept.split(" ").length - wordsBy(toldMs))).toBeLessThanOrEqual(1);
  }
});

/** How long it was quiet between each of these and the next, by when they began and how long their words take. */
async function silencesBetween(said: readonly Call["messages"][number][]): Promise<number[]> {
  const voice = await openVoice();
  const endsMs = said.map(({ created_at, content }) => Date.parse(created_at) + pcmDurationMs(voice.speak(content)));
  return said.slice(1).map(({ created_at }, at) => Math.round(Date.parse(created_at) - (endsMs[at] ?? 0)));
}

/** What the session in which these words were said was told to cut. */
function truncationOf(words: string): Passed | undefined {
  const session = door.passed.find(({ event }) => JSON.stringify(event).includes(words))?.session;
  return door.passed.find((each) => each.session === session && each.event.type === "conversation.item.truncate");
}

describe.concurrent("a call", () => {
  test("C5: a click does not interrupt", { timeout: aCallMs }, async () => {
    const phone = await Phone.at(laptop, "+33612345803");
    await isCalled(phone, { voice_engines: ["cascade"] });
    await phone.until("a second of the greeting", () => phone.loud.filter(Boolean).length >= 50);
    phone.clicks();
    expect(await phone.turn()).toContain("How can I help you?");
    phone.hangsUp();
  });

  test("C7: who says nothing is asked whether they are there, and let go with a goodbye", { timeout: aCallMs }, async () => {
    const phone = await Phone.at(laptop, "+33612345804");
    const id = await isCalled(phone, {});
    await phone.ended();
    const call = await vi.waitFor(async () => {
      const ended = await laptop.call(id);
      expect(ended).toMatchObject({ status: "ended", ended_reason: "completed" });
      return ended;
    }, patient);
    const said = call.messages.filter((each) => each.persona === "assistant" && each.action === "talk");
    const words = said.map(({ content }) => content);
    expect(words).toEqual([/How can I help you/, /Are you still there/, /Goodbye/].map((each) => expect.stringMatching(each)));
    // A phone that is late is let go before it has played the last of them.
    const heard = phone.happenings.flatMap((each) => (each.kind === "heard" ? [each.words] : []));
    expect(heard.length).toBeGreaterThanOrEqual(2);
    expect(words.slice(0, heard.length)).toEqual(heard);
    // By the bridge's own clock: each began when what was said before had been played, and nobody had spoken for so long.
    const silencesMs = await silencesBetween(said);
    console.log(`C7: silences of ${silencesMs.join(", ")} ms before the assistant spoke again`);
    for (const silenceMs of silencesMs) expect(silenceMs).toBeGreaterThanOrEqual(silenceTimeoutMs);
  });

  test("C7: while the model is slow a phrase and then a soft sound fill the time, once, and the answer follows", {
    timeout: aCallMs,
  }, async () => {
    const phone = await Phone.at(laptop, "+33612345805");
    await isCalled(phone, { voice_engines: ["cascade"] });
    const words = "Hail has broken the windows of my greenhouse.";
    const free = door.keepWaiting(words);
    await phone.says(words);
    const phrase = await phone.hears(/One moment please/);
    const sound = await phone.until("the thinking sound", () => {
      const at = phone.loud.findIndex((each, frame) => each && frame > phrase.frame + 25);
      return at > 0 ? at : undefined;
    });
    free();
    const answer = await phone.hears(/noted/);
    expect(answer.frame).toBeGreaterThan(sound);
    expect(phone.heard.match(/One moment please/g)).toHaveLength(1);
    phone.hangsUp();
  });

  test("C6: eleven languages are offered with two keys each; the keys lead to a greeting in the language", {
    timeout: aCallMs,
  }, async () => {
    const phone = await Phone.at(laptop, "+33612345806");
    await phone.calls();
    const menu = await phone.turn();
    const books = new Map(languages.map(({ short_code }) => [short_code, phrasesIn(short_code, agentNames)]));
    expect(menu).toBe(
      languageMenu({ lang: { default_short_code: "en-US", availables: languages, choice: "ask" } } as never, books),
    );
    phone.presses("03");
    expect(await phone.turn()).toContain("¿En qué puedo ayudarle?");
    expect((await laptop.call(phone.number)).lang_short_code).toBe("es-ES");
    phone.hangsUp();
  });

  test("C6: a language may be named instead, in the middle of the menu", { timeout: aCallMs }, async () => {
    const phone = await Phone.at(laptop, "+33612345807");
    await phone.calls();
    await phone.until("a second of the menu", () => phone.loud.filter(Boolean).length >= 50);
    await phone.interrupts("Deutsch");
    await phone.hears(/Wie kann ich Ihnen helfen/);
    expect((await laptop.call(phone.number)).lang_short_code).toBe("de-DE");
    phone.hangsUp();
  });

  test.each(["realtime", "cascade"])(
    "C6: over the %s engine a caller goes on in another language and comes back to the first",
    { timeout: aCallMs },
    async (engine) => {
      const phone = await Phone.at(laptop, engine === "realtime" ? "+33612345808" : "+33612345809");
      const id = await isCalled(phone, { voice_engines: [engine] });
      await phone.says("Could we go on in French, please?");
      expect(await phone.turn()).toMatch(/continuons en français/i);
      expect((await laptop.call(id)).lang_short_code).toBe("fr-FR");
      await phone.says("Peut-on parler anglais, s'il vous plaît ?");
      expect(await phone.turn()).toMatch(/continue in English|English/i);
      await phone.says("My bicycle was stolen in Bristol.");
      expect(await phone.turn()).toMatch(/noted/);
      const call = await laptop.call(id);
      expect(call.lang_short_code).toBe("en-US");
      expect(call.claim.incident_description).toMatch(/bicycle/);
      phone.hangsUp();
    },
  );
});

const agentNames = { bot_name: "Amelia", bot_company: "Contoso Insurance" };
