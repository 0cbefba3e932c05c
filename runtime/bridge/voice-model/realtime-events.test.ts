import { describe, expect, test } from "vitest";
import { audioFrom } from "../audio.ts";
import { carriedSession, carriedUpdate, readEvent, sessionUpdate, writeCommand } from "./realtime-events.ts";
import type { ModelCommand } from "./voice-model.ts";

const read = (message: object) => readEvent(Buffer.from(JSON.stringify(message)));
const written = (command: ModelCommand) =>
  writeCommand(command).map((each) => JSON.parse(Buffer.isBuffer(each) ? each.toString() : JSON.stringify(each)));

describe("what the service says", () => {
  test("in sound comes through untouched, wherever its keys stand", () => {
    const delta = Buffer.alloc(4_800, 0xfb).toString("base64");
    const ids = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0, event_id: "event_1" };
    const expected = {
      kind: "speech",
      responseId: "resp_1",
      itemId: "item_1",
      contentIndex: 0,
      audio: { base64: Buffer.from(delta), durationMs: 100 },
    };
    expect(read({ type: "response.output_audio.delta", ...ids, delta })).toEqual(expected);
    expect(read({ delta, ...ids, type: "response.output_audio.delta" })).toEqual(expected);
  });

  test("in words keeps every script", () => {
    const event = {
      type: "response.output_audio_transcript.delta",
      response_id: "r",
      item_id: "i",
      output_index: 0,
      content_index: 0,
      delta: '您好 é "',
    };
    expect(read(event)).toEqual({ kind: "words", responseId: "r", itemId: "i", text: '您好 é "' });
  });

  test("about a response tells why it is spoken and how it ended", () => {
    expect(read({ type: "response.created", response: { id: "r", metadata: { purpose: "waiting" } } })).toMatchObject({
      purpose: "waiting",
    });
    expect(read({ type: "response.created", response: { id: "r", metadata: null } })).toMatchObject({ purpose: "answer" });
    const ended = (response: object) => read({ type: "response.done", response: { id: "r", ...response } });
    expect(ended({ status: "completed" })).toMatchObject({ outcome: "completed" });
    expect(ended({ status: "cancelled", status_details: { type: "cancelled", reason: "client_cancelled" } })).toMatchObject({
      outcome: "cancelled",
    });
    expect(ended({ status: "incomplete", status_details: { reason: "content_filter" } })).toMatchObject({ outcome: "failed" });
  });

  test("in a tool call is known once its item is complete", () => {
    const item = { type: "function_call", name: "end_call", call_id: "call_1", arguments: "{}" };
    const call = { kind: "tool_call", responseId: "r", toolCallId: "call_1", name: "end_call", argumentsJson: "{}" };
    expect(read({ type: "response.output_item.done", response_id: "r", item })).toEqual(call);
    expect(read({ type: "response.output_item.done", response_id: "r", item: { type: "message" } })).toBeUndefined();
  });

  test("and is of no use for a call, or malformed, is passed over", () => {
    expect(read({ type: "rate_limits.updated" })).toBeUndefined();
    expect(readEvent(Buffer.from('{"type":"response.output_audio.delta","delta":"'))).toBeUndefined();
    expect(readEvent(Buffer.from([0xff, 0x00]))).toBeUndefined();
  });
});

describe("what the service is told", () => {
  test("of the caller's sound is the phone's own base64", () => {
    const base64 = Buffer.alloc(960, 5).toString("base64");
    expect(written({ kind: "hear", audio: audioFrom(Buffer.from(base64))! })).toEqual([
      { type: "input_audio_buffer.append", audio: base64 },
    ]);
  });

  test("for our own words is beside the conversation only when it shall not be remembered", () => {
    const [waiting] = written({ kind: "respond", purpose: "waiting", say: "One moment." });
    expect(waiting.response).toMatchObject({ conversation: "none", tool_choice: "none", metadata: { purpose: "waiting" } });
    const [goodbye] = written({ kind: "respond", purpose: "goodbye", say: "Goodbye." });
    expect(goodbye.response.conversation).toBeUndefined();
    expect(goodbye.response.instructions).toContain('"Goodbye."');
    expect(written({ kind: "respond", purpose: "answer" })[0].response).toEqual({ metadata: { purpose: "answer" } });
  });

  test("of a tool that another session had asked for is first the call, then its result", () => {
    const call = { name: "send_sms", argumentsJson: "{}" };
    const types = (command: ModelCommand) => written(command).map((each) => each.item.type);
    expect(types({ kind: "tool_result", toolCallId: "t", content: "ok", call })).toEqual([
      "function_call",
      "function_call_output",
    ]);
    expect(types({ kind: "tool_result", toolCallId: "t", content: "ok" })).toEqual(["function_call_output"]);
  });

  test("about itself follows the flags, in the shape of the generally available service", () => {
    const brief = {
      instructions: "You are Ada.",
      tools: [],
      language: "fr-FR",
      speed: 1.1,
      vadThreshold: 0.4,
      vadSilenceMs: 700,
      languages: [],
      recognitionMs: 100,
    };
    expect(sessionUpdate(brief, "transcriber", true)).toMatchObject({
      type: "session.update",
      session: {
        type: "realtime",
        audio: {
          input: {
            format: { type: "audio/pcm", rate: 24_000 },
            transcription: { model: "transcriber", language: "fr" },
            turn_detection: { type: "server_vad", threshold: 0.4, silence_duration_ms: 700, interrupt_response: false },
          },
          output: { speed: 1.1, voice: "marin" },
        },
      },
    });
  });

  test("when it carries the sound is to interrupt itself, in the format it agreed on with the network", () => {
    const brief = {
      instructions: "You are Ada.",
      tools: [],
      language: "fr-FR",
      speed: 1.1,
      vadThreshold: 0.4,
      vadSilenceMs: 700,
      languages: [],
      recognitionMs: 100,
    };
    const accepted = carriedSession(brief, "transcriber", "deployment");
    expect(accepted).toMatchObject({
      type: "realtime",
      model: "deployment",
      audio: { input: { turn_detection: { interrupt_response: true, create_response: true } }, output: { voice: "marin" } },
    });
    const update = carriedUpdate(brief, "transcriber");
    expect(JSON.stringify([accepted, update])).not.toContain('"format"');
    expect(JSON.stringify(update)).not.toMatch(/"voice"|"model":"deployment"/);
    expect(written({ kind: "clear" })).toEqual([{ type: "output_audio_buffer.clear" }]);
  });

  test("never asks for another voice once it has spoken", () => {
    const brief = {
      instructions: "",
      tools: [],
      language: "en-US",
      speed: 1,
      vadThreshold: 0.5,
      vadSilenceMs: 500,
      languages: [],
      recognitionMs: 100,
    };
    expect(JSON.stringify(sessionUpdate(brief, "transcriber", false))).not.toContain("voice");
  });
});
