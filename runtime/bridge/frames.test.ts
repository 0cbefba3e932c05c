import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { audioFrom } from "./audio.ts";
import { maxFrameBytes, playFrame, readFrame, stopFrame } from "./frames.ts";

const twentyMs = Buffer.alloc(960, 7).toString("base64");

function audioMessage(data: string, more: object = {}): Buffer {
  const audioData = { timestamp: "2026-11-22T10:00:00Z", participantRawID: "4:+33612345678", data, silent: false, ...more };
  return Buffer.from(JSON.stringify({ kind: "AudioData", audioData }));
}

describe("a frame of the phone", () => {
  test("carries its base64 through untouched and knows how long it plays", () => {
    const frame = readFrame(audioMessage(twentyMs));
    expect(frame).toEqual({ kind: "audio", audio: { base64: Buffer.from(twentyMs), durationMs: 20 } });
  });

  test("is forwarded when it is silent too, since the model's turn detection lives on silence", () => {
    expect(readFrame(audioMessage(twentyMs, { silent: true })).kind).toBe("audio");
  });

  test("is understood when its writer escapes base64's characters", () => {
    const loud = Buffer.alloc(960, 0xfb).toString("base64");
    const escaped = audioMessage(loud).toString().replaceAll("+", "\\u002B").replaceAll("/", "\\/");
    expect(escaped).toContain("\\");
    expect(readFrame(Buffer.from(escaped))).toEqual(readFrame(audioMessage(loud)));
  });

  test("says the same whether its audio was sliced out or parsed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 960 }), (bytes) => {
        const base64 = Buffer.from(bytes).toString("base64");
        const frame = readFrame(audioMessage(base64));
        if (bytes.length % 2 === 0) {
          expect(frame).toEqual({ kind: "audio", audio: { base64: Buffer.from(base64), durationMs: bytes.length / 48 } });
        } else expect(frame.kind).toBe("malformed");
      }),
    );
  });

  test("that describes the sound or carries a digit is read as such", () => {
    const metadata = { subscriptionId: "1", encoding: "PCM", sampleRate: 24_000, channels: 1, length: 960 };
    expect(readFrame(Buffer.from(JSON.stringify({ kind: "AudioMetadata", audioMetadata: metadata })))).toEqual({
      kind: "metadata",
      encoding: "PCM",
      sampleRate: 24_000,
      channels: 1,
    });
    expect(readFrame(Buffer.from('{"kind":"DtmfData","dtmfData":{"data":"3"}}'))).toEqual({ kind: "digit", digit: "3" });
    expect(readFrame(Buffer.from('{"kind":"TranscriptionData"}'))).toEqual({ kind: "other" });
  });
});

describe("a malformed message", () => {
  test.each([
    ["no JSON", "hello"],
    ["JSON without a kind", "[1]"],
    ["null", "null"],
    ["audio cut off in the middle", audioMessage(twentyMs).toString().slice(0, -20)],
    ["audio that is not base64", audioMessage("!".repeat(1_280)).toString()],
    ["half a sample", audioMessage(Buffer.alloc(961).toString("base64")).toString()],
    ["no audio in audio data", audioMessage("").toString()],
    ["audio data without data", '{"kind":"AudioData","audioData":{}}'],
    ["metadata without a rate", '{"kind":"AudioMetadata","audioMetadata":{"encoding":"PCM","channels":1}}'],
    ["digits without end", JSON.stringify({ kind: "DtmfData", dtmfData: { data: "1".repeat(17) } })],
    ["more bytes than any frame has", audioMessage("A".repeat(maxFrameBytes)).toString()],
  ])("is an error value, never an exception: %s", (_what, text) => {
    expect(readFrame(Buffer.from(text)).kind).toBe("malformed");
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, json) => {
        const data = json ? Buffer.concat([Buffer.from('{"kind":"AudioData","audioData":{"data":"'), bytes]) : Buffer.from(bytes);
        expect(typeof readFrame(data).kind).toBe("string");
      }),
    );
  });

  test("does not repeat what was in it", () => {
    const frame = readFrame(Buffer.from('{"kind":"AudioData","audioData":{"data":"secret words"}}'));
    expect(JSON.stringify(frame)).not.toContain("secret");
  });
});

test("what the phone is to play and to forget is what the service documents", () => {
  const audio = audioFrom(Buffer.from(twentyMs))!;
  expect(JSON.parse(playFrame(audio).toString())).toEqual({ kind: "audioData", audioData: { data: twentyMs } });
  expect(JSON.parse(stopFrame.toString())).toEqual({ kind: "stopAudio", stopAudio: {} });
});
