/** Calls that outlive what carries them: a media socket that breaks, a bridge that is stopped, a bridge that is full. */
import { afterEach, describe, expect, test } from "vitest";
import { closeLines, connected, frame, type Line, line, speech } from "./line.ts";

afterEach(closeLines);

type Model = Awaited<ReturnType<typeof connected>>["model"];

/** The model says something of a second, to its end. */
function speaks(model: Model, id: string, words: string): void {
  const ids = { response_id: `resp_${id}`, item_id: `item_${id}`, output_index: 0, content_index: 0 };
  model.says({ type: "response.created", response: { id: `resp_${id}`, status: "in_progress" } });
  model.says({ type: "response.output_audio_transcript.delta", ...ids, delta: words });
  model.says({ type: "response.output_audio.delta", ...ids, delta: speech });
  model.says({ type: "response.done", response: { id: `resp_${id}`, status: "completed" } });
}

/** The caller says something, and the model hears it. */
function hears(model: Model, id: string, words: string): void {
  model.says({ type: "input_audio_buffer.speech_started", audio_start_ms: 0, item_id: id });
  model.says({ type: "input_audio_buffer.speech_stopped", audio_end_ms: 0, item_id: id });
  model.says({ type: "input_audio_buffer.committed", item_id: id });
  model.says({ type: "conversation.item.input_audio_transcription.completed", item_id: id, transcript: words });
}

/** The call's sound is opened once more, by a new socket. */
async function reopened(on: Line, { callId, path }: { callId: string; path: string }, host = on.host) {
  await on.rearm(callId);
  const phone = await on.phone(path, host);
  phone.describes();
  return phone;
}

const spoken = async (on: Line, callId: string): Promise<string[]> =>
  ((await on.store.get(callId))?.messages ?? []).flatMap((each) => (each.content ? [`${each.persona}: ${each.content}`] : []));

describe("a media socket that breaks", () => {
  test("leaves the conversation where it is: the next socket goes on with the same session, both ways", async () => {
    const on = await line();
    on.network.state = "connected";
    const call = await connected(on);
    speaks(call.model, "0", "How can I help you?");
    await call.phone.inbox.next("audioData");
    on.clock.passes(1_000);
    call.phone.socket.terminate();
    await expect.poll(() => on.network.asked).toBe(1);
    const phone = await reopened(on, call);
    phone.sounds(frame);
    expect((await call.model.inbox.next("input_audio_buffer.append")).audio).toBe(frame);
    hears(call.model, "item_u", "Hail fell on my farm");
    speaks(call.model, "1", "Hello");
    expect(await phone.inbox.next("audioData")).toMatchObject({ audioData: { data: speech } });
    expect(on.model.sessions).toHaveLength(1);
    expect(await on.app.readiness().json()).toMatchObject({ calls: 1 });
  });

  test("is replaced by the one that comes, even before its loss was noticed", async () => {
    const on = await line();
    const call = await connected(on);
    const phone = await reopened(on, call);
    expect(await call.phone.inbox.closed).toBe(1000);
    phone.sounds(frame);
    expect((await call.model.inbox.next("input_audio_buffer.append")).audio).toBe(frame);
    expect(on.model.sessions).toHaveLength(1);
  });

  test("ends the conversation at once when the network says that the call is gone", async () => {
    const on = await line();
    on.network.state = "gone";
    const call = await connected(on);
    call.phone.socket.terminate();
    await call.model.inbox.closed;
    expect(on.done).toEqual([]);
  });

  test("ends it as soon as the network notices, when that is later", async () => {
    const on = await line();
    on.network.state = "connected";
    const call = await connected(on);
    call.phone.socket.terminate();
    await expect.poll(() => on.network.asked).toBe(1);
    on.network.state = "gone";
    on.clock.passes(500);
    await call.model.inbox.closed;
  });

  test("and does not come back in 20 s ends it here, without ending the call", async () => {
    const on = await line();
    on.network.state = "connected";
    const call = await connected(on);
    call.phone.socket.terminate();
    for (const [at, pauseMs] of [500, 1_000, 2_000, 3_000, 4_000, 4_500, 5_000].entries()) {
      await expect.poll(() => on.network.asked).toBe(at + 1);
      expect((await on.app.readiness().json()).calls).toBe(1);
      on.clock.passes(pauseMs);
    }
    await expect.poll(async () => (await on.app.readiness().json()).calls).toBe(0);
    expect(on.done).toEqual([]);
  });

  test("leaves nothing behind when it all ends: no timer, no listener, no call", async () => {
    const on = await line();
    on.network.state = "connected";
    const call = await connected(on);
    call.phone.socket.terminate();
    await expect.poll(() => on.network.asked).toBe(1);
    const phone = await reopened(on, call);
    on.network.state = "gone";
    phone.socket.close();
    await call.model.inbox.closed;
    await on.app.drain(0);
    expect([on.clock.timers, on.listeners.size]).toEqual([0, 0]);
  });

  test("may come back to another bridge, which goes on from the record without greeting, and the first one lets go", async () => {
    const on = await line();
    on.network.state = "connected";
    const replica = await on.replica();
    const call = await connected(on);
    hears(call.model, "item_u", "Hail fell on my farm");
    speaks(call.model, "1", "When was that?");
    await call.phone.inbox.next("audioData");
    on.clock.passes(1_000);
    call.phone.socket.terminate();
    await expect.poll(() => spoken(on, call.callId)).toEqual(["human: Hail fell on my farm", "assistant: When was that?"]);
    const phone = await reopened(on, call, replica.host);
    const model = await on.model.session(1);
    const { session } = await model.inbox.next("session.update");
    expect(JSON.stringify(session)).toContain("Hail fell on my farm");
    expect(JSON.stringify(session)).toContain("When was that?");
    model.says({ type: "session.updated", session: {} });
    phone.sounds(frame);
    expect((await model.inbox.next("input_audio_buffer.append")).audio).toBe(frame);
    const asked = model.inbox.all.filter((each) => each.type === "response.create");
    expect(JSON.stringify(asked)).not.toContain("How can I help you");
    on.clock.passes(500);
    await call.model.inbox.closed;
    expect(await on.app.readiness().json()).toMatchObject({ calls: 0 });
    expect(await replica.app.readiness().json()).toMatchObject({ calls: 1 });
  });

  test("comes back to the record of the new claim that its caller has started", async () => {
    const on = await line();
    const replica = await on.replica();
    const mine = await on.call();
    await on.phone(mine.path);
    const next = await on.call({ claim: { incident_description: "hail on the greenhouse" }, status: "connected" });
    const continued = { status: "ended", ended_reason: "completed", continued_as: next.callId } as const;
    await on.store.change(mine.callId, (record) => ({ ...record, ...continued }));
    // Another call of the same number is another call.
    on.clock.passes(1);
    await on.call({ connection_id: "connection-2" });
    await reopened(on, mine, replica.host);
    const model = await on.model.session(1);
    const { session } = await model.inbox.next("session.update");
    expect(JSON.stringify(session)).toContain("hail on the greenhouse");
    expect([...on.listeners.keys()]).toContain(next.callId);
  });
});

describe("a bridge that must stop", () => {
  test("takes no new call, and lets a live one finish", async () => {
    const on = await line();
    const { phone } = await connected(on);
    const drained = on.app.drain(60_000);
    expect(on.app.readiness().status).toBe(503);
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect((await on.call()).path, { headers })).toBe(503);
    phone.socket.close();
    await drained;
    expect(on.done).toEqual([]);
  });

  test("lets go of a live call that does not finish in time: it goes on where its sound is opened next, with every word", async () => {
    const on = await line();
    on.network.state = "connected";
    const replica = await on.replica();
    const call = await connected(on);
    hears(call.model, "item_u", "Hail fell on my farm");
    speaks(call.model, "1", "When was that?");
    await call.phone.inbox.next("audioData");
    const drained = on.app.drain(5_000);
    on.clock.passes(5_000);
    expect(await call.phone.inbox.closed).toBe(1000);
    await drained;
    expect(on.done).toEqual([]);
    expect((await on.store.get(call.callId))?.status).toBe("connected");
    expect(await spoken(on, call.callId)).toEqual(["human: Hail fell on my farm", "assistant: When was that?"]);
    await on.rearm(call.callId);
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect(call.path, { headers })).toBe(503);
    const phone = await on.phone(call.path, replica.host);
    phone.describes();
    const { session } = await (await on.model.session(1)).inbox.next("session.update");
    expect(JSON.stringify(session)).toContain("Hail fell on my farm");
  });

  test("waits for a tool that was begun, and keeps what came of it", async () => {
    const began = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ content: string }>();
    const on = await line({
      tool: () => {
        began.resolve();
        return answer.promise;
      },
    });
    const { callId, model } = await connected(on);
    model.says({ type: "response.created", response: { id: "resp_1" } });
    const item = { type: "function_call", name: "updated_claim", call_id: "call_1", arguments: "{}" };
    model.says({ type: "response.output_item.done", response_id: "resp_1", item });
    await began.promise;
    const drained = on.app.drain(1_000);
    on.clock.passes(1_000);
    await model.inbox.closed;
    answer.resolve({ content: "the claim was updated" });
    await drained;
    const kept = (await on.store.get(callId))?.messages.find((each) => each.id === "tool:call_1");
    expect(kept?.tool_calls).toMatchObject([{ content: "the claim was updated" }]);
  });
});

describe("a bridge that is full", () => {
  test("says so, sends new calls elsewhere with their nonce unused, and goes on with the ones it has", async () => {
    const on = await line({ callsPerReplica: 2 });
    const replica = await on.replica();
    const [call] = [await connected(on), await connected(on)];
    expect(on.app.readiness().status).toBe(503);
    expect(await on.app.readiness().json()).toMatchObject({ status: "full", calls: 2 });
    const next = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect(next.path, { headers })).toBe(503);
    expect(await on.connect(next.path, { headers }, replica.host)).toMatchObject({});
    call.phone.sounds(frame);
    expect(await call.model.inbox.next("input_audio_buffer.append")).toBeDefined();
  });

  test("does not let in more than it has room for when they come at once", async () => {
    const on = await line({ callsPerReplica: 2 });
    const paths = await Promise.all(Array.from({ length: 5 }, async () => (await on.call()).path));
    const headers = { authorization: `Bearer ${await on.token()}` };
    const run = Promise.withResolvers<void>();
    on.live.phrasesComeAfter = run.promise;
    const answers = Promise.all(paths.map((path) => on.connect(path, { headers })));
    await expect.poll(() => on.lines.filter(([, said]) => said === "a media socket was refused")).toHaveLength(3);
    run.resolve();
    expect((await answers).filter((each) => each === 503)).toHaveLength(3);
  });

  test("lets a socket back to its live call, and a call that was in progress elsewhere beyond the limit, up to a tenth", async () => {
    const on = await line({ callsPerReplica: 10 });
    on.network.state = "connected";
    const replica = await on.replica();
    const calls = [];
    for (let at = 0; at < 10; at++) calls.push(await connected(on));
    await expect(reopened(on, calls[0]!)).resolves.toBeDefined();
    const elsewhere = [];
    for (let at = 0; at < 2; at++) {
      const moved = await on.call();
      await on.phone(moved.path, replica.host);
      elsewhere.push(moved);
    }
    const [first, second] = elsewhere;
    await expect(reopened(on, first!)).resolves.toBeDefined();
    await expect(reopened(on, second!)).rejects.toThrow("503");
    expect(await on.app.readiness().json()).toMatchObject({ status: "full", calls: 11 });
  });

  test("is one, too, whose memory is nearly used up", async () => {
    const on = await line();
    on.live.memoryShare = 0.81;
    expect(await on.app.readiness().json()).toMatchObject({ status: "full" });
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect((await on.call()).path, { headers })).toBe(503);
    on.live.memoryShare = 0.8;
    expect(on.app.readiness().status).toBe(200);
  });

  test("has room again when a call has ended, and when one could not be taken over", async () => {
    const on = await line({ callsPerReplica: 1 });
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect((await on.call({ initiate: undefined as never })).path, { headers })).toBe(503);
    const { phone, model } = await connected(on);
    phone.socket.close();
    await model.inbox.closed;
    await expect.poll(async () => (await on.app.readiness().json()).calls).toBe(0);
    expect(await on.connect((await on.call()).path, { headers })).toMatchObject({});
  });
});
