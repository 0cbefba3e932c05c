import { describe, expect, test } from "vitest";
import { audioFrom } from "../audio.ts";
import { readEvent, sessionUpdate, writeCommand } from "./voice-live-events.ts";
import type { ModelBrief, ModelCommand } from "./voice-model.ts";

const read = (message: object) => readEvent(Buffer.from(JSON.stringify(message)));
const written = (command: ModelCommand) =>
  writeCommand(command).map((each) => JSON.parse(Buffer.isBuffer(each) ? each.toString() : JSON.stringify(each)));

const french = { short_code: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural", pronunciations_en: ["French"] };
const english = { short_code: "en-US", voice: "en-US-AvaMultilingualNeural", pronunciations_en: ["English"] };
const brief: ModelBrief = {
  instructions: "You are Ada.",
  tools: [{ name: "end_call", description: "Ends the call.", parameters: { type: "object", properties: {} } }],
  language: "fr-FR",
  languages: [english, french],
  speed: 1.1,
  vadThreshold: 0.4,
  vadSilenceMs: 700,
  recognitionMs: 100,
};
const told = (changes: Partial<ModelBrief> = {}) => JSON.parse(JSON.stringify(sessionUpdate({ ...brief, ...changes })));

describe("what Voice Live says", () => {
  const place = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0, event_id: "event_1" };

  test("in sound and words comes through under its older names", () => {
    const delta = Buffer.alloc(4_800, 0xfb).toString("base64");
    const audio = { base64: Buffer.from(delta), durationMs: 100 };
    const speech = { kind: "speech", responseId: "resp_1", itemId: "item_1", contentIndex: 0, audio };
    expect(read({ type: "response.audio.delta", ...place, delta })).toEqual(speech);
    expect(read({ delta, ...place, type: "response.audio.delta" })).toEqual(speech);
    expect(read({ type: "response.audio_transcript.delta", ...place, delta: '您好 é "' })).toEqual({
      kind: "words",
      responseId: "resp_1",
      itemId: "item_1",
      text: '您好 é "',
    });
  });

  test.each([
    [{ type: "session.updated", session: { id: "s", object: "realtime.session", model: "gpt-5.6-luna" } }, { kind: "ready" }],
    [
      { type: "input_audio_buffer.speech_started", audio_start_ms: 640, item_id: "i" },
      { kind: "speech_started", audioStartMs: 640, paddingMs: 300 },
    ],
    [{ type: "input_audio_buffer.speech_stopped", audio_end_ms: 2_000, item_id: "i" }, { kind: "speech_stopped" }],
    [
      { type: "input_audio_buffer.committed", item_id: "i", previous_item_id: null },
      { kind: "turn_ended", itemId: "i" },
    ],
    [
      {
        type: "response.created",
        response: { id: "r", object: "realtime.response", metadata: { purpose: "waiting" }, output: [] },
      },
      { kind: "response_started", responseId: "r", purpose: "waiting" },
    ],
    [
      { type: "response.created", response: { id: "r", status: "in_progress", output: [] } },
      { kind: "response_started", responseId: "r", purpose: "answer" },
    ],
    [
      {
        type: "response.output_item.done",
        response_id: "r",
        output_index: 0,
        item: { id: "i", type: "function_call", name: "end_call", call_id: "call_1", arguments: "{}", status: "completed" },
      },
      { kind: "tool_call", responseId: "r", toolCallId: "call_1", name: "end_call", argumentsJson: "{}" },
    ],
    [
      {
        type: "response.done",
        response: { id: "r", status: "cancelled", status_details: { type: "cancelled", reason: "client_cancelled" } },
      },
      { kind: "response_ended", responseId: "r", outcome: "cancelled" },
    ],
    [
      {
        type: "response.done",
        response: { id: "r", status: "failed", status_details: { type: "failed", error: { code: "x" } } },
      },
      { kind: "response_ended", responseId: "r", outcome: "failed" },
    ],
    [
      {
        type: "error",
        error: { type: "invalid_request_error", code: "conversation_already_has_active_response", event_id: "respond-goodbye" },
      },
      { kind: "refused", code: "conversation_already_has_active_response", purpose: "goodbye" },
    ],
    [
      { type: "error", error: { type: "server_error", message: "Try again." } },
      { kind: "refused", code: "server_error" },
    ],
  ])("%j is told as it is meant", (message, event) => {
    expect(read(message)).toEqual(event);
  });

  test("of a caller's turn has its language where recognition was sure of one", () => {
    const completed = { type: "conversation.item.input_audio_transcription.completed", item_id: "i", content_index: 0 };
    const phrase = { text: "Bonjour.", offset_milliseconds: 20, duration_milliseconds: 900 };
    const heard = { kind: "turn_heard", itemId: "i", text: "Bonjour." };
    expect(read({ ...completed, transcript: "Bonjour.", phrases: [{ ...phrase, locale: "fr-FR" }] })).toEqual({
      ...heard,
      language: "fr-FR",
    });
    expect(read({ ...completed, transcript: "Bonjour.", phrases: [phrase] })).toEqual(heard);
    expect(read({ ...completed, transcript: "Bonjour." })).toEqual(heard);
    const failed = { type: "conversation.item.input_audio_transcription.failed", item_id: "i", error: { code: "x" } };
    expect(read(failed)).toEqual({ ...heard, text: "" });
  });

  test("against what the session was told about itself ends the session", () => {
    const refused = { type: "invalid_request_error", code: "cannot_update_voice", message: "No.", event_id: "brief" };
    expect(read({ type: "error", error: refused })).toEqual({ kind: "closed" });
  });

  test("and is of no use for a call, not of this dialect, or malformed, is passed over", () => {
    expect(read({ type: "warning", warning: { message: "…" } })).toBeUndefined();
    expect(read({ type: "conversation.item.created", item: {} })).toBeUndefined();
    expect(readEvent(Buffer.from('{"type":"response.audio.delta","delta":"'))).toBeUndefined();
    expect(readEvent(Buffer.from("[]"))).toBeUndefined();
    expect(readEvent(Buffer.from([0xff, 0x00]))).toBeUndefined();
  });
});

describe("what Voice Live is told", () => {
  test("about itself is flat and whole", () => {
    expect(told()).toEqual({
      type: "session.update",
      event_id: "brief",
      session: {
        modalities: ["text", "audio"],
        instructions: "You are Ada.",
        voice: {
          type: "azure-standard",
          name: "fr-FR-VivienneMultilingualNeural",
          prefer_locales: ["fr-FR", "en-US"],
          rate: "1.1",
        },
        input_audio_format: "pcm16",
        input_audio_sampling_rate: 24_000,
        output_audio_format: "pcm16",
        input_audio_noise_reduction: { type: "azure_deep_noise_suppression" },
        input_audio_transcription: { model: "azure-speech", language: "fr-FR,en-US" },
        include: ["item.input_audio_transcription.phrases"],
        turn_detection: {
          type: "azure_semantic_vad_multilingual",
          threshold: 0.4,
          prefix_padding_ms: 300,
          silence_duration_ms: 700,
          create_response: true,
          interrupt_response: false,
          auto_truncate: false,
        },
        tools: [{ type: "function", ...brief.tools[0] }],
        tool_choice: "auto",
      },
    });
  });

  test("of a language with a voice of the customer's own is that voice and its lexicon", () => {
    const own = { ...french, custom_voice_endpoint_id: "endpoint-1", lexicon_url: "https://contoso.example/names.pls" };
    expect(told({ languages: [english, own] }).session.voice).toMatchObject({
      type: "azure-custom",
      endpoint_id: "endpoint-1",
      name: "fr-FR-VivienneMultilingualNeural",
      custom_lexicon_url: "https://contoso.example/names.pls",
    });
  });

  test("of many languages is the call's own and as many others as recognition takes", () => {
    const codes = ["de-DE", "en-US", "es-ES", "fr-FR", "hi-IN", "it-IT", "ja-JP", "ko-KR", "nl-NL", "pl-PL", "pt-PT", "zh-CN"];
    const languages = codes.map((short_code) => ({ ...english, short_code }));
    const asked = told({ languages, language: "pt-PT" }).session.input_audio_transcription.language.split(",");
    expect(asked).toEqual(["pt-PT", "de-DE", "en-US", "es-ES", "fr-FR", "hi-IN", "it-IT", "ja-JP", "ko-KR", "nl-NL"]);
  });

  test("of loudness stays in what the service takes", () => {
    const threshold = (vadThreshold: number) => told({ vadThreshold }).session.turn_detection.threshold;
    expect([0, 0.5, 1].map(threshold)).toEqual([0.01, 0.5, 0.99]);
  });

  test("of the caller's sound is the phone's own base64", () => {
    const base64 = Buffer.alloc(960, 5).toString("base64");
    const hear: ModelCommand = { kind: "hear", audio: audioFrom(Buffer.from(base64))! };
    expect(written(hear)).toEqual([{ type: "input_audio_buffer.append", audio: base64 }]);
  });

  test("of our own words is a message made beforehand, kept unless it is beside the conversation", () => {
    const spoken = (purpose: "goodbye" | "waiting") => written({ kind: "respond", purpose, say: 'Say "yes".' });
    const pre_generated_assistant_message = {
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: 'Say "yes".' }],
    };
    expect(spoken("goodbye")).toEqual([
      {
        type: "response.create",
        event_id: "respond-goodbye",
        response: { metadata: { purpose: "goodbye" }, cancel_previous: false, commit: true, pre_generated_assistant_message },
      },
    ]);
    expect(spoken("waiting")[0].response).toMatchObject({ commit: false, cancel_previous: false });
  });

  test("of an answer leaves the words to the model, and lets it finish what it says", () => {
    expect(written({ kind: "respond", purpose: "answer" })[0].response).toEqual({
      metadata: { purpose: "answer" },
      cancel_previous: false,
    });
  });

  test("of an interruption is what to stop and how much was heard", () => {
    expect(written({ kind: "cancel", responseId: "r" })).toEqual([{ type: "response.cancel", response_id: "r" }]);
    expect(written({ kind: "truncate", itemId: "i", contentIndex: 0, heardMs: 1_240 })).toEqual([
      { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 1_240 },
    ]);
  });

  test("of a tool that another session had asked for is first the call, then its result; of a note that nobody said it", () => {
    const call = { name: "send_sms", argumentsJson: "{}" };
    expect(written({ kind: "tool_result", toolCallId: "t", content: "ok", call }).map((each) => each.item)).toEqual([
      { type: "function_call", call_id: "t", name: "send_sms", arguments: "{}" },
      { type: "function_call_output", call_id: "t", output: "ok" },
    ]);
    expect(written({ kind: "note", text: "The caller typed 12." })[0].item).toEqual({
      type: "message",
      role: "system",
      content: [{ type: "input_text", text: "The caller typed 12." }],
    });
  });

  test("of sound to forget is nothing, since it has none", () => {
    expect(written({ kind: "clear" })).toEqual([]);
  });
});
