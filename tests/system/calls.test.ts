/** The life of a call on the running laptop: handed over, recorded, continued, steered, paid for, and over in every way it can be. */
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { wallClock } from "../../laptop/clock.ts";
import { certificateAuthority } from "../../laptop/identity/certificates.ts";
import { pcmFromBytes, resample } from "../../laptop/voice/sound.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import type { Call } from "../../runtime/calls/call.ts";
import { Phone } from "../support/caller.ts";
import { type Customer, openCustomer } from "../support/customer.ts";
import { freshHome, type RunningLaptop, startLaptop } from "../support/laptop.ts";
import { type ModelDoor, openModelDoor } from "../support/model-door.ts";

const aCallMs = 240_000;
vi.setConfig({ maxConcurrency: 10 });

let door: ModelDoor;
let customer: Customer;
let laptop: RunningLaptop;
beforeAll(async () => {
  const home = await freshHome();
  const { server } = await certificateAuthority(join(home, "identity"), wallClock.nowMs());
  door = await openModelDoor(server);
  customer = await openCustomer(server);
  const settings = {
    agent: { recording_consent: "none", webhook_url: `https://${customer.host}/ended` },
    flags: { recording_enabled: true, answer_soft_timeout_sec: 5, answer_hard_timeout_sec: 12 },
    webhooks: { privateHosts: [customer.host] },
  };
  await writeFile(join(home, "settings.yaml"), JSON.stringify({ config: settings }));
  const environment = { LAPTOP_HOME: home, LAPTOP_SETTINGS: join(home, "settings.yaml"), ...door.environment };
  laptop = await startLaptop(environment);
  execFileSync(process.execPath, ["laptop/commands.ts", "secret", "set", "webhook-signing-secret"], {
    env: { ...process.env, LAPTOP_HOME: home },
    input: customer.secret,
  });
}, 120_000);
afterAll(async () => {
  await laptop.stop();
  await door.close();
  customer.close();
});

const post = (path: string, body: object) =>
  laptop.api("supervisor", path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** Dials a number; answers the call's id while it rings. */
async function dials(number: string, body: object = {}): Promise<string> {
  const answer = await post("/call", { phone_number: number, ...body });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return ((await answer.json()) as Call).call_id;
}

/** Has the system ring a phone, which is picked up. */
async function isCalled(phone: Phone, body: object = {}): Promise<string> {
  const id = await dials(phone.number, body);
  await phone.answers();
  return id;
}

/** The call once it looks as wanted. */
const becomes = (id: string, wanted: Partial<Call>): Promise<Call> =>
  vi.waitFor(
    async () => {
      const call = await laptop.call(id);
      expect(call).toMatchObject(wanted);
      return call;
    },
    { timeout: 75_000, interval: 250 },
  );

const said = ({ messages }: Call): string => messages.map(({ content }) => content).join("\n");

/** What an ear makes of each channel of a WAV file of 16 kHz PCM16. */
async function wordsIn(wav: Buffer): Promise<string> {
  const voice = await openVoice();
  const channels = wav.readUInt16LE(22);
  const rate = wav.readUInt32LE(24);
  const samples = pcmFromBytes(wav.subarray(wav.indexOf("data") + 8));
  return Array.from({ length: channels }, (_, channel) => {
    const side = samples.filter((__, at) => at % channels === channel);
    const ear = voice.ear();
    const heard = ear.hear(resample(resample(side, rate, rate * 3), rate * 3, 24_000));
    ear.close();
    return heard.join("\n");
  }).join("\n");
}

/** Everything that lies in a folder, byte for byte as text. */
async function filesOf(folder: string): Promise<[file: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readFile(file, "latin1")]));
}

describe.concurrent("beside each other", () => {
  describe("a caller who wants a person", () => {
    /** The caller has told what happened and asked for a person, whose phone rings. */
    async function asksFor(caller: Phone, colleague: Phone, transfer: "warm" | "cold" = "warm"): Promise<string> {
      const id = await isCalled(caller, { agent_phone_number: colleague.number, transfer });
      await caller.says("My bicycle was stolen in Bristol.");
      await caller.says("I want to speak to a human.");
      return id;
    }

    test("C11: is put through to one who was told what it is about, and is with the assistant again when they leave", {
      timeout: aCallMs,
    }, async () => {
      const [caller, colleague] = await Promise.all([Phone.at(laptop, "+33612345900"), Phone.at(laptop, "+33612345901")]);
      const id = await asksFor(caller, colleague);
      await colleague.answers();
      const briefing = await colleague.turn();
      expect(briefing).toMatch(/bicycle was stolen in Bristol/);
      expect(briefing).toMatch(/Press 1 to take the call/);
      const before = caller.happenings.length;
      colleague.presses("1");
      await colleague.until("the caller's line", () => colleague.happenings.length > 0);
      await caller.until("the end of the music", () => caller.loud.slice(-40).every((each) => !each));
      await colleague.interrupts("This is Grace from claims.");
      await caller.hears(/^This is Grace from claims\.$/, before);
      await caller.interrupts("Good that you are here.");
      await colleague.hears(/^Good that you are here\.$/);
      expect(caller.heard).not.toMatch(/Press 1/);
      colleague.hangsUp();
      const back = caller.happenings.length;
      await caller.until("the assistant", () => caller.happenings.slice(back).some(({ kind }) => kind === "heard"));
      const call = await laptop.call(id);
      expect(call).toMatchObject({ status: "connected", briefing: expect.stringContaining("bicycle") });
      // What the two said to each other is theirs.
      expect(said(call)).not.toMatch(/Grace|Good that/);
      caller.hangsUp();
    });

    const failures: readonly (readonly [string, string, (colleague: Phone) => Promise<void>])[] = [
      ["is busy", "02", async (colleague) => colleague.calls("+33612340001")],
      ["does not answer", "04", async () => undefined],
      ["refuses the call", "06", async (colleague) => refusesWhileRinging(colleague)],
      ["declines with 2", "08", async (colleague) => briefed(colleague, () => colleague.presses("2"))],
      ["hangs up while being told", "10", async (colleague) => briefed(colleague, () => colleague.hangsUp())],
    ];

    async function refusesWhileRinging(colleague: Phone): Promise<void> {
      await colleague.shows("rings");
      colleague.hangsUp();
    }

    async function briefed(colleague: Phone, act: () => void): Promise<void> {
      await colleague.answers();
      await colleague.until("the briefing", () => colleague.loud.filter(Boolean).length > 100);
      act();
    }

    test.each(failures)(
      "C11: goes on with the assistant when the person %s",
      { timeout: aCallMs },
      async (_what, number, acts) => {
        const [caller, colleague] = await Promise.all([
          Phone.at(laptop, `+336123459${number}`),
          Phone.at(laptop, `+3361234595${number.slice(1)}`),
        ]);
        const busy = number === "02" ? acts(colleague) : undefined;
        await busy;
        const id = await asksFor(caller, colleague);
        await (busy ?? acts(colleague));
        await caller.hears(/nobody is free at the moment/);
        await caller.says("It happened yesterday.");
        expect(await caller.turn()).toMatch(/noted/);
        expect(await laptop.call(id)).toMatchObject({ status: "connected" });
        caller.hangsUp();
        colleague.close();
      },
    );

    test("C11: a cold transfer puts them through at once, and the assistant leaves", { timeout: aCallMs }, async () => {
      const [caller, colleague] = await Promise.all([Phone.at(laptop, "+33612345920"), Phone.at(laptop, "+33612345921")]);
      const id = await asksFor(caller, colleague, "cold");
      await colleague.answers();
      await colleague.until("somebody there", () => colleague.inCall);
      await becomes(id, { status: "ended" });
      await colleague.interrupts("This is Grace from claims.");
      await caller.hears(/Grace from claims/);
      expect(colleague.heard).toBe("");
      caller.hangsUp();
    });
  });

  describe("a recording", () => {
    /** Asked after the first answer; answers the call once it is over. */
    async function asked(number: string, answer: string): Promise<Call> {
      const phone = await Phone.at(laptop, number);
      const id = await isCalled(phone, { recording_consent: "ask" });
      await phone.says("My bicycle was stolen in Bristol.");
      expect(await phone.turn()).toMatch(/May this call be recorded/);
      await phone.says(answer);
      await phone.says("It happened yesterday morning.");
      await phone.turn();
      phone.hangsUp();
      return becomes(id, { status: "ended" });
    }

    test("C12: is made once the caller says yes, and holds what was said from then on", { timeout: aCallMs }, async () => {
      const { call_id } = await asked("+33612345930", "Yes, of course.");
      const call = await becomes(call_id, { recording_consent: { given: true, at: expect.any(String) } });
      expect(call.recording_id).toEqual(expect.any(String));
      const wav = await vi.waitFor(
        async () => {
          const answer = await laptop.api("viewer", `/report/${call_id}/recording`);
          expect(answer.status).toBe(200);
          return Buffer.from(await answer.arrayBuffer());
        },
        { timeout: 60_000, interval: 500 },
      );
      const words = await wordsIn(wav);
      expect(words).toContain("It happened yesterday morning.");
      expect(words).not.toContain("bicycle");
    });

    test("C12: is not made when the caller says no", { timeout: aCallMs }, async () => {
      const call = await asked("+33612345931", "No, please do not.");
      expect(call.recording_consent).toMatchObject({ given: false });
      expect(call).not.toHaveProperty("recording_id");
      expect((await laptop.api("viewer", `/report/${call.call_id}/recording`)).status).toBe(404);
    });
  });

  describe("what a caller proves and types", () => {
    test("C8: whoever types the code that was sent to their phone goes on with the last conversation", {
      timeout: aCallMs,
    }, async () => {
      const phone = await Phone.at(laptop, "+33612345940");
      await phone.calls();
      await phone.says("My bicycle was stolen in Bristol.");
      await phone.turn();
      const { call_id: first } = await laptop.call(phone.number);
      phone.hangsUp();
      await phone.ended();
      await becomes(first, { status: "ended" });
      await phone.calls();
      const { call_id: second } = await becomes(phone.number, { resumable: first });
      await phone.says("I would like to go on with our last conversation.");
      expect(await phone.turn()).not.toMatch(/bicycle|Bristol/);
      const code = await phone.until("a code", () =>
        phone.happenings
          .flatMap((each) => (each.kind === "text" ? [/^(\d{6}) is your code/.exec(each.text.words)?.[1]] : []))
          .find((each) => each !== undefined),
      );
      phone.presses(code);
      expect(await phone.turn()).toMatch(/Let us go on where we stopped/);
      const call = await becomes(second, { resumes: first, verified: true });
      expect(call.claim.incident_description).toMatch(/bicycle/);
      expect(call.claim.incident_location).toMatch(/Bristol/);
      expect(JSON.stringify(call)).not.toContain(code);
      phone.hangsUp();
    });

    test("C22: digits that are typed reach the customer's service, signed, and nothing else at all", {
      timeout: aCallMs,
    }, async () => {
      const card = "4929173604418257";
      const phone = await Phone.at(laptop, "+33612345941");
      const card_number = {
        name: "card_number",
        description: "the number of the card to pay with",
        least: 12,
        most: 19,
        url: `https://${customer.host}/digits`,
      };
      const id = await isCalled(phone, { secure_digits: [card_number] });
      await phone.says("I would like to pay by card.");
      expect(await phone.turn()).toMatch(/type it on the keypad/i);
      phone.presses(`${card}#`);
      expect(await phone.turn()).toMatch(/accepted/);
      phone.hangsUp();
      await phone.ended();
      const call = await becomes(id, { status: "ended", synthesis: expect.any(Object), recording_id: expect.any(String) });
      const posted = customer.posted.filter(({ path, body }) => path === "/digits" && body.includes(id));
      expect(posted.map(({ body }) => JSON.parse(body) as object)).toEqual([{ call_id: id, name: "card_number", digits: card }]);
      for (const each of posted) await customer.verify(each);
      const anywhere = new RegExp([...card].join("[^0-9A-Za-z]{0,3}"));
      expect(anywhere.test(`x ${[...card].join(" ")} x`)).toBe(true);
      expect(JSON.stringify(call)).not.toMatch(anywhere);
      expect(
        [...door.asked, ...door.passed.map(({ event }) => JSON.stringify(event))].filter((each) => anywhere.test(each)),
      ).toEqual([]);
      const kept = await filesOf(laptop.home);
      expect(kept.some(([file]) => file.endsWith(".log"))).toBe(true);
      expect(kept.some(([, text]) => text.includes(id))).toBe(true);
      expect(kept.filter(([, text]) => anywhere.test(text)).map(([file]) => file)).toEqual([]);
    });
  });

  describe("a supervisor", () => {
    test("C1: whispers to the assistant what the caller does not hear, and ends the call with a goodbye", {
      timeout: aCallMs,
    }, async () => {
      const phone = await Phone.at(laptop, "+33612345990");
      const id = await isCalled(phone);
      await phone.says("My bicycle was stolen in Bristol.");
      await phone.turn();
      const whisper = "The customer is a marmalade maker.";
      expect((await post(`/call/${id}/operator`, { command: "whisper", text: whisper })).status).toBe(202);
      await vi.waitFor(() => {
        expect(door.passed.filter(({ by, event }) => by === "app" && JSON.stringify(event).includes(whisper))).not.toEqual([]);
      }, 60_000);
      expect((await post(`/call/${id}/operator`, { command: "end" })).status).toBe(202);
      await phone.ended();
      expect(phone.heard).not.toMatch(/marmalade/);
      const call = await becomes(id, { status: "ended", ended_reason: "completed" });
      // A phone that is late is let go before it has played the last words.
      expect(said(call)).toMatch(/Goodbye/i);
      expect(said(call)).not.toContain("marmalade");
    });
  });

  describe("a call that is over", () => {
    test("C1: is told to the customer, signed, with everything that is known", { timeout: aCallMs }, async () => {
      const phone = await Phone.at(laptop, "+33612345960");
      const id = await isCalled(phone);
      await phone.says("My bicycle was stolen in Bristol.");
      await phone.says("Nothing else, goodbye.");
      await phone.ended();
      const call = await becomes(id, {
        webhook: expect.objectContaining({ attempts: 1, delivered_at: expect.any(String) }),
      });
      const posted = customer.posted.filter(({ path, body }) => path === "/ended" && body.includes(id));
      expect(posted).toHaveLength(1);
      for (const each of posted) await customer.verify(each);
      const told = JSON.parse(posted[0]?.body ?? "{}") as { type: string; data: Record<string, unknown> };
      expect(told).toMatchObject({
        type: "call.ended",
        data: { call_id: id, status: "ended", ended_reason: "completed", claim: call.claim, synthesis: call.synthesis },
      });
      expect(told.data).not.toHaveProperty("messages");
    });

    test("C1: was busy, declined, not answered or given up, and says so", { timeout: aCallMs }, async () => {
      const phones = await Promise.all(["70", "71", "72", "73"].map((each) => Phone.at(laptop, `+336123459${each}`)));
      const [busy, declining, givenUp] = phones as [Phone, Phone, Phone, Phone];
      await busy.calls("+33612340002");
      const ids = await Promise.all(phones.map(({ number }) => dials(number)));
      const [busyId, declinedId, givenUpId, absentId] = ids as [string, string, string, string];
      await declining.shows("rings");
      declining.hangsUp();
      await givenUp.shows("rings");
      expect((await laptop.api("supervisor", `/call/${givenUpId}`, { method: "DELETE" })).status).toBe(200);
      await givenUp.shows("stopped ringing");
      await becomes(busyId, { status: "ended", ended_reason: "busy" });
      await becomes(declinedId, { status: "ended", ended_reason: "busy" });
      await becomes(givenUpId, { status: "ended", ended_reason: "cancelled" });
      await becomes(absentId, { status: "ended", ended_reason: "no_answer" });
      for (const each of phones) each.close();
    });
  });

  test("C7: a model that does not answer in time is apologised for, and heard again when it is back", {
    timeout: aCallMs,
  }, async () => {
    const phone = await Phone.at(laptop, "+33612345980");
    await isCalled(phone, { voice_engines: ["cascade"] });
    const words = "Hail has broken the windows of my greenhouse.";
    const free = door.keepWaiting(words);
    await phone.says(words);
    const phrase = await phone.hears(/One moment please/);
    const apology = await phone.hears(/I am sorry, that did not work/);
    free();
    expect(apology.frame).toBeGreaterThan(phrase.frame);
    expect(phone.heard).not.toMatch(/noted/);
    await phone.says("My bicycle was stolen in Bristol.");
    expect(await phone.turn()).toMatch(/noted/);
    phone.hangsUp();
  });
});
