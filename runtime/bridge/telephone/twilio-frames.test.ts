import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messagesTo, readTwilioFrame } from "./twilio-frames.ts";

const read = (message: unknown) => readTwilioFrame(Buffer.from(typeof message === "string" ? message : JSON.stringify(message)));
const payload = Buffer.alloc(160, 0x11).toString("base64");

describe("a message of Twilio", () => {
  test("that starts a stream says whose it is and how it sounds", () => {
    const start = {
      accountSid: "AC1",
      streamSid: "MZ1",
      callSid: "CA1",
      tracks: ["inbound"],
      customParameters: { nonce: "n" },
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    };
    expect(read({ event: "start", sequenceNumber: "1", start, streamSid: "MZ1" })).toEqual({
      kind: "start",
      start: {
        streamSid: "MZ1",
        callSid: "CA1",
        parameters: { nonce: "n" },
        encoding: "audio/x-mulaw",
        sampleRate: 8_000,
        channels: 1,
      },
    });
  });

  test("with sound hands on its bytes as they came", () => {
    const media = { track: "inbound", chunk: "1", timestamp: "20", payload };
    expect(read({ event: "media", sequenceNumber: "2", media, streamSid: "MZ1" })).toEqual({
      kind: "media",
      payload: Buffer.from(payload),
    });
  });

  test("with sound written with escapes is read as well", () => {
    const escaped = `{"event":"media","media":{"track":"inbound","payload":"${payload.replaceAll("E", "\\u0045")}"}}`;
    expect(read(escaped)).toEqual({ kind: "media", payload: Buffer.from(payload) });
  });

  test("with our own sound is of no use", () => {
    expect(read({ event: "media", media: { track: "outbound", payload } })).toEqual({ kind: "other" });
  });

  test("may be a digit, a mark, the end, or something new", () => {
    expect(read({ event: "dtmf", dtmf: { track: "inbound_track", digit: "#" } })).toEqual({ kind: "digit", digit: "#" });
    expect(read({ event: "mark", mark: { name: "7" } })).toEqual({ kind: "mark", name: "7" });
    expect(read({ event: "stop", stop: { callSid: "CA1" } })).toEqual({ kind: "stop" });
    expect(read({ event: "connected", protocol: "Call", version: "1.0.0" })).toEqual({ kind: "other" });
  });

  test.each([
    ["junk", "not JSON"],
    ["null", "a message without an event"],
    ["[]", "a message without an event"],
    ['{"event":1}', "a message without an event"],
    ['{"event":"media"}', "media without what it must carry"],
    ['{"event":"media","media":{"payload":7}}', "media without what it must carry"],
    ['{"event":"start","start":{}}', "start without what it must carry"],
    ['{"event":"dtmf","dtmf":{"digit":"12"}}', "dtmf without what it must carry"],
    ['{"event":"dtmf","dtmf":{"digit":"x"}}', "dtmf without what it must carry"],
    ['{"event":"mark","mark":{}}', "mark without what it must carry"],
  ])("%s is malformed: %s", (message, problem) => {
    expect(read(message)).toEqual({ kind: "malformed", problem });
  });

  test("never throws, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(read(text).kind).toMatch(/^(other|malformed)$/);
      }),
    );
  });
});

test("messages to Twilio name their stream", () => {
  const to = messagesTo('MZ"1');
  const parsed = (message: Buffer) => JSON.parse(message.toString()) as unknown;
  expect(parsed(to.media(Buffer.from(payload)))).toEqual({ event: "media", streamSid: 'MZ"1', media: { payload } });
  expect(parsed(to.mark("7"))).toEqual({ event: "mark", streamSid: 'MZ"1', mark: { name: "7" } });
  expect(parsed(to.clear)).toEqual({ event: "clear", streamSid: 'MZ"1' });
});
