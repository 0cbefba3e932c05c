import fc from "fast-check";
import { expect, test } from "vitest";
import { readServiceEvent } from "./service-events.ts";

const read = (message: object) => readServiceEvent(JSON.stringify({ event_id: "event_1", ...message }));

test.each([
  [
    {
      type: "session.updated",
      session: {
        instructions: "Be kind.",
        tools: [{ type: "function", name: "a", description: "b" }],
        max_output_tokens: "inf",
        audio: { input: { transcription: { model: "whisper" } } },
      },
    },
    {
      kind: "configured",
      configured: {
        instructions: "Be kind.",
        tools: [{ name: "a", description: "b" }],
        mostOutputTokens: Number.POSITIVE_INFINITY,
        transcription: "whisper",
      },
    },
  ],
  [
    {
      type: "session.updated",
      session: { instructions: "Be kind.", max_output_tokens: 100, audio: { input: { transcription: null } } },
    },
    { kind: "configured", configured: { instructions: "Be kind.", tools: [], mostOutputTokens: 100, transcription: undefined } },
  ],
  [
    {
      type: "conversation.item.added",
      previous_item_id: null,
      item: {
        id: "item_1",
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "Hello" },
          { type: "input_image", image_url: "x" },
        ],
      },
    },
    { kind: "item_added", item: { itemId: "item_1", type: "message", role: "user", characters: 5, other: true } },
  ],
  [
    { type: "conversation.item.added", item: { id: "item_1", type: "function_call_output", call_id: "call_1", output: "x" } },
    {
      kind: "item_added",
      item: { itemId: "item_1", type: "function_call_output", role: undefined, characters: 0, other: false },
    },
  ],
  [
    { type: "response.created", response: { id: "resp_1", conversation_id: null, max_output_tokens: "inf" } },
    { kind: "response_created", responseId: "resp_1", beside: true, mostOutputTokens: Number.POSITIVE_INFINITY },
  ],
  [
    { type: "response.created", response: { id: "resp_1" } },
    { kind: "response_created", responseId: "resp_1", beside: false, mostOutputTokens: undefined },
  ],
  [
    {
      type: "response.done",
      response: {
        id: "resp_1",
        status: "cancelled",
        usage: null,
        output: [
          { type: "message", id: "item_1" },
          { type: "function_call", name: "ask_expert", call_id: "call_1", arguments: "{}" },
        ],
      },
    },
    {
      kind: "response_done",
      responseId: "resp_1",
      status: "cancelled",
      usage: undefined,
      calls: [{ toolCallId: "call_1", name: "ask_expert", argumentsJson: "{}" }],
    },
  ],
  [
    {
      type: "conversation.item.input_audio_transcription.completed",
      item_id: "item_1",
      transcript: "Hello",
      usage: { type: "duration", seconds: 2 },
    },
    { kind: "transcribed", itemId: "item_1", text: "Hello", usage: { type: "duration", seconds: 2 } },
  ],
  [
    { type: "error", error: { type: "invalid_request_error", code: null, message: "about a person", event_id: "rules" } },
    { kind: "refused", code: "invalid_request_error", eventId: "rules" },
  ],
])("a message of the service is understood (%#)", (message, event) => {
  expect(read(message)).toEqual(event);
});

test("what is of no use to a watch, or no message at all, is passed over", () => {
  expect(read({ type: "rate_limits.updated", rate_limits: [] })).toBeUndefined();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(readServiceEvent(text)).toBeUndefined();
    }),
  );
});
