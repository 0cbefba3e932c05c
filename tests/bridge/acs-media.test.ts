/** The bridge's two sockets, driven from outside as Call Automation and the realtime service drive them. */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { maxFrameBytes } from "../../runtime/bridge/frames.ts";
import { closeLines, connected, frame, type Line, line, speech } from "./line.ts";

afterEach(closeLines);

/** The model says something of a second. */
function speaks(model: Awaited<ReturnType<Line["model"]["session"]>>, id: string, words: string): void {
  const ids = { response_id: `resp_${id}`, item_id: `item_${id}`, output_index: 0, content_index: 0 };
  model.says({ type: "response.created", response: { id: `resp_${id}`, status: "in_progress" } });
  model.says({ type: "response.output_audio_transcript.delta", ...ids, delta: words });
  model.says({ type: "response.output_audio.delta", ...ids, delta: speech });
}

describe("a media socket is refused before it opens", () => {
  test.each([
    ["without a token", 401, async () => undefined],
    ["with a token that is none", 401, async () => "nonsense"],
    ["for another resource", 401, (on: Line) => on.token({ audience: randomUUID() })],
    ["by another issuer", 401, (on: Line) => on.token({ issuer: "https://elsewhere.example" })],
    ["with a token signed by nobody", 401, (on: Line) => on.token({ algorithm: "none" })],
    ["with a token signed by the public key", 401, (on: Line) => on.token({ algorithm: "HS256" })],
    ["with a token signed by a stranger", 401, (on: Line) => on.token({ key: "stranger" })],
    ["with a token that has expired", 401, (on: Line) => on.token({ expiresInSeconds: -61 })],
  ])("M1: %s: %i", async (_what, status, tokenFor) => {
    const on = await line();
    const { callId, path } = await on.call();
    const token = await tokenFor(on);
    expect(await on.connect(path, token ? { headers: { authorization: `Bearer ${token}` } } : {})).toBe(status);
    expect(on.model.sessions).toEqual([]);
    expect((await on.store.get(callId))?.media_nonce_sha256).toBeDefined();
  });

  test("M3: for a call nobody knows, an address that is none, a foreign or missing nonce, or a call that has ended", async () => {
    const on = await line();
    const headers = { authorization: `Bearer ${await on.token()}` };
    const mine = await on.call();
    const other = await on.call();
    const ended = await on.call({ status: "ended", ended_reason: "completed", connection_id: "connection-2" });
    expect(await on.connect(`/media/${randomUUID()}?nonce=x`, { headers })).toBe(404);
    expect(await on.connect("//[", { headers })).toBe(404);
    expect(await on.connect("/media/../etc", { headers })).toBe(404);
    expect(await on.connect(`/media/${mine.callId}?nonce=${other.nonce}`, { headers })).toBe(403);
    expect(await on.connect(`/media/${mine.callId}`, { headers })).toBe(403);
    expect(await on.connect(ended.path, { headers })).toBe(409);
    expect(on.model.sessions).toEqual([]);
  });

  test("when its nonce was used, while the call that used it goes on", async () => {
    const on = await line();
    const { path } = await on.call();
    const phone = await on.phone(path);
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect(path, { headers })).toBe(409);
    phone.describes();
    const model = await on.model.session();
    expect(await model.inbox.next("session.update")).toBeDefined();
    expect(on.model.sessions).toHaveLength(1);
  });

  test("and opens for one of two that knock at once", async () => {
    const on = await line();
    const { path } = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}` };
    const answers = await Promise.all([on.connect(path, { headers }), on.connect(path, { headers })]);
    expect(answers.filter((each) => typeof each === "number")).toEqual([409]);
  });

  test("and a call that cannot be run takes no other with it", async () => {
    const on = await line();
    const running = await on.phone((await on.call()).path);
    running.describes();
    await on.model.session();
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect((await on.call({ initiate: undefined as never })).path, { headers })).toBe(503);
    expect(running.socket.readyState).toBe(running.socket.OPEN);
    expect((await on.app.readiness().json()).calls).toBe(1);
  });

  test("when the issuer's keys cannot be had: closed rather than open", async () => {
    const on = await line();
    const { path } = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}` };
    on.stopIssuer();
    expect(await on.connect(path, { headers })).toBe(503);
  });
});

describe("what is not a phone is hung up on", () => {
  test("when it says nothing of its sound in time", async () => {
    const on = await line();
    const phone = await on.phone((await on.call()).path);
    on.clock.passes(10_000);
    expect(await phone.inbox.closed).toBe(1008);
  });

  test("when its sound is not of the kind that was agreed", async () => {
    const on = await line();
    const phone = await on.phone((await on.call()).path);
    phone.describes(16_000);
    expect(await phone.inbox.closed).toBe(1003);
  });

  test("when a message is larger than any frame", async () => {
    const on = await line();
    const phone = await on.phone((await on.call()).path);
    phone.describes();
    phone.sounds("A".repeat(maxFrameBytes));
    expect(await phone.inbox.closed).toBe(1009);
  });

  test("when it keeps sending what is malformed, while a little of it is passed over", async () => {
    const on = await line();
    const { phone, model } = await connected(on);
    for (let at = 0; at < 10; at++) phone.socket.send("junk");
    phone.sounds(frame);
    expect(await model.inbox.next("input_audio_buffer.append")).toEqual({ type: "input_audio_buffer.append", audio: frame });
    phone.socket.send("junk");
    expect(await phone.inbox.closed).toBe(1007);
  });
});

describe("a call", () => {
  test("opens the cheap or the strong deployment as the flag says, signed in as the app", async () => {
    for (const [slow, deployment] of [
      [false, "cheap"],
      [true, "strong"],
    ] as const) {
      const on = await line({ flags: { slow_llm_for_chat: slow } });
      const { model } = await connected(on);
      expect(model.address).toBe(`/openai/v1/realtime?model=${deployment}`);
      expect(model.authorization).toBe("Bearer entra");
    }
  });

  test("is marked connected, tells the model who it is and what it can do, and greets first", async () => {
    const on = await line();
    const { callId, update, greeting } = await connected(on);
    const session = update.session as unknown as { instructions: string; tools: { name: string }[] };
    expect(session.instructions).toContain("Contoso");
    expect(session.tools.map((each) => each.name)).toContain("updated_claim");
    const response = greeting.response as unknown as { instructions: string; tool_choice: string };
    expect(response.instructions).toContain("Ada");
    expect(response.tool_choice).toBe("none");
    expect((await on.store.get(callId))?.status).toBe("connected");
  });

  test("carries the sound of both sides byte for byte", async () => {
    const on = await line();
    const { phone, model } = await connected(on);
    phone.sounds(frame);
    expect((await model.inbox.next("input_audio_buffer.append")).audio).toBe(frame);
    speaks(model, "1", "Hello");
    expect(await phone.inbox.next("audioData")).toEqual({ kind: "audioData", audioData: { data: speech } });
  });

  test("falls silent when the caller speaks, and keeps only what was heard", async () => {
    const on = await line();
    const { callId, phone, model } = await connected(on);
    speaks(model, "1", "one two three four");
    await phone.inbox.next("audioData");
    on.clock.passes(500);
    model.says({ type: "input_audio_buffer.speech_started", audio_start_ms: 0, item_id: "item_u" });
    expect(await phone.inbox.next("stopAudio")).toEqual({ kind: "stopAudio", stopAudio: {} });
    expect(await model.inbox.next("response.cancel")).toMatchObject({ response_id: "resp_1" });
    expect(await model.inbox.next("conversation.item.truncate")).toMatchObject({ item_id: "item_1", audio_end_ms: 500 });
    model.says({ type: "input_audio_buffer.committed", item_id: "item_u" });
    model.says({ type: "conversation.item.input_audio_transcription.completed", item_id: "item_u", transcript: "Wait a moment" });
    phone.socket.close();
    await model.inbox.closed;
    await on.app.drain(0);
    const messages = (await on.store.get(callId))?.messages ?? [];
    expect(messages.map((each) => `${each.persona}: ${each.content}`)).toEqual(["assistant: one two", "human: Wait a moment"]);
  });

  test("runs a tool once though the model asks twice, and tells it the answer", async () => {
    const on = await line();
    const { callId, model } = await connected(on);
    const item = { type: "function_call", name: "updated_claim", call_id: "call_1", arguments: "{}" };
    model.says({ type: "response.created", response: { id: "resp_1" } });
    model.says({ type: "response.output_item.done", response_id: "resp_1", item });
    model.says({ type: "response.output_item.done", response_id: "resp_1", item });
    model.says({ type: "response.done", response: { id: "resp_1", status: "completed" } });
    const told = await model.inbox.next("conversation.item.create");
    expect(told.item).toEqual({ type: "function_call_output", call_id: "call_1", output: "done" });
    expect(await model.inbox.next("response.create")).toMatchObject({ response: { metadata: { purpose: "answer" } } });
    expect(on.done).toEqual(["tool updated_claim"]);
    const kept = (await on.store.get(callId))?.messages.find((each) => each.id === "tool:call_1");
    expect(kept?.tool_calls).toMatchObject([{ tool_id: "call_1", function_name: "updated_claim", content: "done" }]);
  });

  test("tells the model honestly when a tool failed", async () => {
    const on = await line({ tool: () => Promise.reject(new Error("search is down")) });
    const { model } = await connected(on);
    model.says({ type: "response.created", response: { id: "resp_1" } });
    const item = { type: "function_call", name: "search_document", call_id: "call_1", arguments: "{}" };
    model.says({ type: "response.output_item.done", response_id: "resp_1", item });
    const told = await model.inbox.next("conversation.item.create");
    expect(JSON.stringify(told.item)).toContain("nothing is known to have been done");
  });

  test("keeps the phone when the model's socket breaks, and goes on with a new session", async () => {
    const on = await line();
    const { phone, model } = await connected(on);
    model.socket.terminate();
    const again = await on.model.session(1);
    expect(await again.inbox.next("session.update")).toBeDefined();
    again.says({ type: "session.updated", session: {} });
    expect(await again.inbox.next("response.create")).toBeDefined();
    expect(phone.socket.readyState).toBe(phone.socket.OPEN);
  });

  test("lets go of the model as soon as the phone is gone", async () => {
    const on = await line();
    const { phone, model } = await connected(on);
    phone.socket.close();
    await model.inbox.closed;
    await on.app.drain(0);
    expect(await on.app.readiness().json()).toMatchObject({ calls: 0 });
  });

  test("leaves no word and no number of anyone in the log", async () => {
    const on = await line();
    const { phone, model } = await connected(on);
    model.says({ type: "conversation.item.input_audio_transcription.completed", item_id: "u", transcript: "my secret" });
    model.says({ type: "error", error: { type: "invalid_request_error", code: "some_code", message: "about my secret" } });
    phone.socket.close();
    await model.inbox.closed;
    await on.app.drain(0);
    expect(on.lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(on.lines)).not.toMatch(/secret|\+33/);
  });
});
