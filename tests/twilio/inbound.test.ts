/** Incoming calls by Twilio, from a phone on the network to the model and back. */
import { afterEach, describe, expect, test } from "vitest";
import { callIdOf } from "../../runtime/calls/inbound-twilio.ts";
import { type Line, type LineOptions, number, openLine } from "./line.ts";

const anna = "+33612345678";
const ben = "+33687654321";

const open: Line[] = [];
async function line(options: LineOptions = {}): Promise<Line> {
  const opened = await openLine(options);
  open.push(opened);
  return opened;
}
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A caller who is greeted. */
async function connected(on: Line, from = anna) {
  const caller = on.phone(from);
  on.dials(caller);
  const model = await on.model(on.models.length + 1);
  await on.until("the greeting is asked for", () => model.of("respond").length > 0);
  const call = await on.store.latestFor(from);
  if (!call) throw new Error("There is no record.");
  return { caller, model, call };
}

describe("a caller", () => {
  test("hears the model's words, and the model hears the caller's", async () => {
    const on = await line();
    const { caller, model } = await connected(on);
    model.speaks("Hello from Contoso", "greeting");
    await on.until("the greeting is heard", () => caller.heard.includes("Hello from Contoso"));
    caller.says("My screen is broken");
    await on.until("the model hears", () => model.heard.includes("My screen is broken"));
  });

  test("is heard silent too, frame after frame", async () => {
    const on = await line();
    const { model } = await connected(on);
    const before = model.of("hear").length;
    await on.passes(1_000);
    expect(model.of("hear").length - before).toBeGreaterThanOrEqual(45);
    expect(model.of("hear").at(-1)?.audio.durationMs).toBe(20);
  });

  test("types digits that reach the model", async () => {
    const on = await line();
    const { caller, model } = await connected(on);
    for (const digit of ["4", "2", "#"] as const) caller.seat?.press(digit);
    await on.until("the digits are told", () => model.of("note").some(({ text }) => text.includes("4 2 #")));
  });

  test("who speaks is not spoken over: what is queued at Twilio is forgotten", async () => {
    const on = await line();
    const { caller, model } = await connected(on);
    model.speaks("This is a long greeting that nobody wants to hear to its very end, and it goes on and on.", "greeting");
    await on.until("it is heard", () => caller.frames > 20);
    model.reports({ kind: "speech_started", audioStartMs: 0, paddingMs: 0 });
    await on.until("silence", () => !caller.hearsSound);
    const frames = caller.frames;
    await on.passes(1_000);
    expect(caller.frames).toBe(frames);
    expect(model.of("truncate").at(-1)?.heardMs).toBeLessThan(2_000);
  });

  test("who hangs up has ended the call, once", async () => {
    const on = await line();
    const { caller, model, call } = await connected(on);
    expect((await on.store.get(call.call_id))?.status).toBe("connected");
    caller.hangUp();
    await on.until("the record ends", async () => (await on.store.get(call.call_id))?.status === "ended");
    await on.until("the model is let go of", () => model.closed);
    await on.passes(30_000);
    const ended = await on.store.get(call.call_id);
    expect(ended?.ended_reason).toBe("completed");
    expect(ended?.messages.map((each) => each.id)).toEqual(expect.arrayContaining(["connected", "disconnected"]));
    expect(on.queued).toEqual([call.call_id]);
    expect(on.models).toHaveLength(1);
  });

  test("hears the goodbye to its last word before the assistant hangs up", async () => {
    const on = await line();
    const { caller, model, call } = await connected(on);
    model.speaks("Hello from Contoso", "greeting");
    await on.until("the greeting is heard", () => caller.heard.includes("Hello from Contoso"));
    model.asksFor("end_call");
    await on.until("a goodbye is asked for", () => model.of("respond").some(({ purpose }) => purpose === "goodbye"));
    model.speaks("Goodbye then", "goodbye");
    await on.until("the caller is hung up on", () => caller.ending !== undefined);
    expect(caller.heard).toEqual(["Hello from Contoso", "Goodbye then"]);
    await on.until("the record ends", async () => (await on.store.get(call.call_id))?.status === "ended");
    expect((await on.store.get(call.call_id))?.ended_reason).toBe("completed");
  });

  test("is one call however often Twilio asks about it, and its nonce opens one socket", async () => {
    const on = await line();
    const { call } = await connected(on);
    const kept = await on.store.get(call.call_id);
    expect(kept).toMatchObject({
      carrier: "twilio",
      direction: "inbound",
      phone_number: anna,
      connection_id: expect.stringMatching(/^CA[0-9a-f]{32}$/),
    });
    expect(callIdOf(kept?.connection_id ?? "")).toBe(call.call_id);
    expect(kept?.media_nonce_sha256).toBeUndefined();
    expect(kept?.media_used?.nonce_sha256).toBe(call.media_used?.nonce_sha256);
  });

  test.each([
    ["TN-Validation-Passed-A", true],
    ["TN-Validation-Passed-B", undefined],
    ["TN-Validation-Passed-C", undefined],
    ["TN-Validation-Failed-A", undefined],
    ["No-TN-Validation", undefined],
    [undefined, undefined],
  ])("whose network says %s is verified: %s", async (verstat, verified) => {
    const on = await line({ stirVerstat: () => verstat });
    expect((await connected(on)).call.verified).toBe(verified);
  });

  test.each([
    ["TN-Validation-Passed-A", "en-US"],
    ["TN-Validation-Passed-B", "fr-FR"],
  ])("who chose a language before and whose network says %s is spoken to in %s", async (verstat, language) => {
    const on = await line({ stirVerstat: () => verstat });
    const { caller, call } = await connected(on);
    await on.store.change(call.call_id, (record) => ({ ...record, lang_short_code: "en-US" }));
    caller.hangUp();
    await on.until("the record ends", async () => (await on.store.get(call.call_id))?.status === "ended");
    await on.passes(1_000);
    const again = await connected(on);
    expect(again.call.call_id).not.toBe(call.call_id);
    expect(again.call.lang_short_code).toBe(language);
  });

  test.each(["+266696687", "+86282452253"])("who withholds the number is nobody, though Twilio shows %s", async (shown) => {
    const on = await line({ stirVerstat: () => "TN-Validation-Passed-A" });
    const caller = on.phone(shown);
    on.dials(caller);
    await on.until("a record", async () => (await on.store.latestFor("anonymous")) !== undefined);
    const call = await on.store.latestFor("anonymous");
    expect(call?.verified).toBeUndefined();
    expect(await on.store.latestFor(shown)).toBeUndefined();
  });

  test("leaves no word and no number in the log", async () => {
    const on = await line();
    const { caller, model } = await connected(on);
    caller.says("my secret");
    await on.until("the model hears", () => model.heard.includes("my secret"));
    caller.hangUp();
    await on.until("the end", () => model.closed);
    expect(on.logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(on.logged)).not.toMatch(/secret|\+33|0123456789abcdef/);
  });
});

describe("two callers at once", () => {
  test("do not hear each other", async () => {
    const on = await line();
    const one = await connected(on, anna);
    const other = await connected(on, ben);
    one.model.speaks("For Anna", "greeting");
    other.model.speaks("For Ben", "greeting");
    one.caller.says("I am Anna");
    other.caller.says("I am Ben");
    await on.until("both are greeted", () => one.caller.heard.length > 0 && other.caller.heard.length > 0);
    await on.until("both are heard", () => one.model.heard.length > 0 && other.model.heard.length > 0);
    expect([one.caller.heard, other.caller.heard]).toEqual([["For Anna"], ["For Ben"]]);
    expect([one.model.heard, other.model.heard]).toEqual([["I am Anna"], ["I am Ben"]]);
  });
});

describe("a call whose sound is lost", () => {
  test("goes on in the same conversation when a socket breaks", async () => {
    const on = await line();
    const { caller, model, call } = await connected(on);
    model.speaks("Hello from Contoso", "greeting");
    await on.until("the greeting is heard", () => caller.heard.includes("Hello from Contoso"));
    on.bridge.dropSockets();
    await on.until("Twilio asks what to do", () => on.webhooks.includes("/twilio/line 200"));
    await on.until("the sound is back", async () => (await on.store.get(call.call_id))?.media_nonce_sha256 === undefined);
    caller.says("Are you there");
    await on.until("the model hears", () => model.heard.includes("Are you there"));
    expect(on.models).toHaveLength(1);
    expect((await on.store.get(call.call_id))?.media_restarts).toBe(1);
  });

  test.each(["stays", "is killed"])(
    "goes on under the new claim that its caller has started, when the bridge %s",
    async (bridge) => {
      const on = await line();
      const { caller, model, call } = await connected(on);
      model.speaks("Hello from Contoso", "greeting");
      await on.until("the greeting is heard", () => caller.heard.includes("Hello from Contoso"));
      const { messages, media_nonce_sha256: _nonce, media_used: _used, ...kept } = (await on.store.get(call.call_id)) ?? call;
      on.clock.pass(1_000);
      const later = { call_id: "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10", created_at: new Date(on.clock.nowMs()).toISOString() };
      await on.store.create({ ...kept, ...later });
      await on.store.change(call.call_id, (each) => ({
        ...each,
        status: "ended",
        ended_reason: "completed",
        continued_as: later.call_id,
      }));
      if (bridge === "stays") on.bridge.dropSockets();
      else {
        await on.replaceBridge();
        on.bridge.kill();
      }
      const now = bridge === "stays" ? model : await on.model(2);
      caller.says("Are you there");
      await on.until("the model hears", () => now.heard.includes("Are you there"));
      expect(on.models).toHaveLength(bridge === "stays" ? 1 : 2);
      expect(now.of("respond").filter((each) => each.purpose === "greeting")).toHaveLength(bridge === "stays" ? 1 : 0);
    },
  );

  test("goes on at another bridge when this one was killed", async () => {
    const on = await line();
    const { caller, call } = await connected(on);
    await on.replaceBridge();
    on.bridge.kill();
    const next = await on.model(2);
    caller.says("Are you there");
    await on.until("the model hears", () => next.heard.includes("Are you there"));
    expect(await on.store.get(call.call_id)).toMatchObject({ status: "connected", media_restarts: 1 });
  });

  test("goes on however often it was lost in a long call, and after a while of sound is back as soon as at the first time", async () => {
    const on = await line();
    const { caller, model, call } = await connected(on);
    for (let loss = 1; loss <= 8; loss++) {
      // Seven within two minutes would end it.
      on.clock.pass(loss === 8 ? 121_000 : 25_000);
      const lostAtMs = on.clock.nowMs();
      on.bridge.dropSockets();
      await on.until("the sound is back", async () => {
        const { media_nonce_sha256, media_restarts } = (await on.store.get(call.call_id)) ?? call;
        return media_restarts === loss && media_nonce_sha256 === undefined;
      });
      if (loss === 1 || loss === 8) expect(on.clock.nowMs() - lostAtMs).toBeLessThan(1_000);
    }
    caller.says("Are you there");
    await on.until("the model hears", () => model.heard.includes("Are you there"));
  });

  test("is told so and ended when no bridge comes, with growing pauses between the attempts", async () => {
    const on = await line();
    const { caller, call } = await connected(on);
    on.bridge.kill();
    const killedAtMs = on.clock.nowMs();
    await on.until("the call ends", () => caller.ending !== undefined);
    expect(on.clock.nowMs() - killedAtMs).toBeGreaterThan(1_000 + 2_000 + 4_000 + 8_000 + 8_000);
    const ended = await on.store.get(call.call_id);
    expect(ended).toMatchObject({ status: "ended", ended_reason: "failed", media_restarts: 6 });
    expect(ended?.reminders).toEqual([expect.objectContaining({ title: "Call the customer back" })]);
    expect(caller.heard).toContain("Un instant s'il vous plaît, je regarde.");
    expect(caller.heard.at(-1)).toContain("Au revoir");
    expect(on.webhooks.filter((each) => each === "/twilio/line 200")).toHaveLength(7);
  });
});

test("a call to a number that is not ours is declined", async () => {
  const on = await line();
  on.settings.PHONE_NUMBER = "+33199000000";
  const caller = on.phone(anna);
  on.dials(caller, number);
  await on.until("the call is declined", () => caller.ending !== undefined);
  expect(caller.isConnected).toBe(false);
  expect(await on.store.latestFor(anna)).toBeUndefined();
});
