import { afterEach, describe, expect, test } from "vitest";
import type { Clock } from "../../clock.ts";
import { createModel } from "../../model/model.ts";
import { bytesFromPcm } from "../../voice/sound.ts";
import { openVoice } from "../../voice/voice.ts";
import { longestSessionMs, RealtimeSession } from "./session.ts";
import { defaultSettings } from "./settings.ts";

/** Time that passes when told to. */
class HandClock implements Clock {
  #nowMs = 0;
  #due: { atMs: number; act: () => void }[] = [];
  nowMs(): number {
    return this.#nowMs;
  }
  after(delayMs: number, act: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, act };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((each) => each !== due);
    };
  }
  pass(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      const [next] = this.#due.filter(({ atMs }) => atMs <= untilMs).toSorted((one, other) => one.atMs - other.atMs);
      if (!next) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
    }
    this.#nowMs = untilMs;
  }
}

const voice = await openVoice();
let last: RealtimeSession | undefined;
afterEach(() => last?.close());

function open() {
  const clock = new HandClock();
  const events: Record<string, unknown>[] = [];
  let id = 0;
  const state = { ended: false, closed: [] as number[] };
  const session = new RealtimeSession({
    clock,
    model: createModel(),
    voice,
    random: () => 0.5,
    newId: (prefix) => `${prefix}_${id++}`,
    settings: defaultSettings("voice"),
    tokensPerMinute: 10_000,
    ended: () => {
      state.ended = true;
    },
  });
  last = session;
  session.attach({ send: (event) => events.push(event), close: (code) => state.closed.push(code) });
  const send = (event: Record<string, unknown>) => session.receive(JSON.stringify(event));
  const count = (type: string) => events.filter((event) => event.type === type).length;
  return { clock, session, events, state, send, count };
}

const sentence = "The quick brown fox jumps over the lazy dog and runs away from it.";
const say = (text: string, more: Record<string, unknown> = {}) => ({
  type: "response.create",
  response: { instructions: `Say exactly: "${text}"`, ...more },
});

describe("time", () => {
  test("sound runs ahead of the time it takes to play, but not all at once", () => {
    const { clock, send, count } = open();
    send(say(sentence));
    expect(count("response.output_audio.delta")).toBe(5);
    clock.pass(500);
    expect(count("response.output_audio.delta")).toBeGreaterThan(10);
    expect(count("response.done")).toBe(0);
    clock.pass(3_000);
    expect(count("response.done")).toBe(1);
  });

  test("a session ends after sixty minutes, with an event that says so", () => {
    const { clock, events, state, count } = open();
    clock.pass(longestSessionMs - 1);
    expect(count("error")).toBe(0);
    clock.pass(1);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "session_expired" } });
    expect(state).toEqual({ ended: true, closed: [1_001] });
  });

  test("nothing is sent after the end, whatever was still to come", () => {
    const { clock, session, send, events } = open();
    send(say(sentence));
    session.close();
    const before = events.length;
    clock.pass(10_000);
    send(say(sentence));
    expect(events).toHaveLength(before);
  });
});

describe("responses beside the conversation", () => {
  test("do not wait for the active one, leave no item behind, and are cancelled by their own id", () => {
    const { clock, send, events, count } = open();
    send(say(sentence));
    send(say("One moment, please.", { conversation: "none", input: [], metadata: { purpose: "waiting" } }));
    expect(count("error")).toBe(0);
    expect(count("response.created")).toBe(2);
    expect(count("conversation.item.added")).toBe(1);
    const second = events.findLast((event) => event.type === "response.created")?.response as { id: string; metadata: unknown };
    expect(second.metadata).toEqual({ purpose: "waiting" });
    send({ type: "response.cancel", response_id: second.id });
    clock.pass(5_000);
    expect(count("conversation.item.done")).toBe(1);
    const ended = events
      .filter((event) => event.type === "response.done")
      .map(({ response }) => (response as { status: string }).status);
    expect(ended).toEqual(["cancelled", "completed"]);
  });
});

describe("turns", () => {
  const hum = (durationMs: number, loudness: number) =>
    Int16Array.from({ length: durationMs * 24 }, (_, at) => Math.round(loudness * Math.sin(at / 10)));
  const append = (pcm: Int16Array) => ({ type: "input_audio_buffer.append", audio: bytesFromPcm(pcm).toString("base64") });
  const turnDetection = (settings: Record<string, unknown>) => ({
    type: "session.update",
    session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", ...settings } } } },
  });

  test("begin with sustained loudness, end after the silence asked for, and say when", () => {
    const { send, events, count } = open();
    send(turnDetection({ silence_duration_ms: 200, prefix_padding_ms: 100, create_response: false }));
    send(append(hum(1_000, 0)));
    send(append(hum(500, 5_000)));
    send(append(hum(180, 0)));
    expect(count("input_audio_buffer.speech_stopped")).toBe(0);
    send(append(hum(40, 0)));
    expect(events.find((event) => event.type === "input_audio_buffer.speech_started")).toMatchObject({ audio_start_ms: 900 });
    expect(events.find((event) => event.type === "input_audio_buffer.speech_stopped")).toMatchObject({ audio_end_ms: 1_700 });
    expect(count("response.created")).toBe(0);
  });

  test("are not begun by a click, nor by a voice below the threshold", () => {
    const { send, count } = open();
    send(turnDetection({ threshold: 0.9 }));
    send(append(hum(40, 20_000)));
    send(append(hum(500, 900)));
    expect(count("input_audio_buffer.speech_started")).toBe(0);
  });

  test("leave the assistant talking when interruption is off", () => {
    const { clock, send, count } = open();
    send(turnDetection({ interrupt_response: false }));
    send(say(sentence));
    send(append(hum(400, 5_000)));
    clock.pass(5_000);
    expect(count("input_audio_buffer.speech_started")).toBe(1);
    expect(count("response.output_audio.done")).toBe(1);
  });
});
