/**
 * The messages of a Twilio media stream, both ways. Shapes as in Twilio's documentation, "Media Streams - WebSocket Messages". Sound is base64
 * of mu-law at 8,000 samples a second, from Twilio in pieces of 20 ms.
 */
import { z } from "zod";
import { openEnvelope } from "../envelope.ts";

export interface StreamStart {
  readonly streamSid: string;
  readonly callSid: string;
  /** What the TwiML's `<Parameter>`s said. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly encoding: string;
  readonly sampleRate: number;
  readonly channels: number;
}

export type TwilioFrame =
  | { readonly kind: "start"; readonly start: StreamStart }
  /** Bytes of the base64 text as they came. */
  | { readonly kind: "media"; readonly payload: Buffer }
  | { readonly kind: "digit"; readonly digit: string }
  /** Everything sent before the mark of this name has been played, or was cleared. */
  | { readonly kind: "mark"; readonly name: string }
  /** Twilio ends the stream. */
  | { readonly kind: "stop" }
  /** A kind of message this bridge has no use for. */
  | { readonly kind: "other" }
  /** `problem` names what is wrong with the form, never what was in it. */
  | { readonly kind: "malformed"; readonly problem: string };

const text = z.string().min(1).max(256);
const messageSchema = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("start"),
    start: z.object({
      streamSid: text,
      callSid: text,
      customParameters: z.record(z.string().max(256), z.string().max(1_024)).default({}),
      mediaFormat: z.object({ encoding: text, sampleRate: z.number(), channels: z.number() }),
    }),
  }),
  z.object({ event: z.literal("media"), media: z.object({ track: z.string().default("inbound"), payload: z.string() }) }),
  z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }) }),
  z.object({ event: z.literal("mark"), mark: z.object({ name: text }) }),
  z.object({ event: z.literal("stop") }),
]);
const knownEvents = new Set(["start", "media", "dtmf", "mark", "stop"]);

/** Reads one message. Never throws; sound is sliced out of its message, not parsed. */
export function readTwilioFrame(data: Buffer): TwilioFrame {
  try {
    const envelope = openEnvelope(data, "payload");
    return framed(envelope ? envelope.message : JSON.parse(data.toString("utf8")), envelope?.bulk);
  } catch {
    return malformed("not JSON");
  }
}

function framed(message: unknown, payload: Buffer | undefined): TwilioFrame {
  const event = (message as { event?: unknown } | null)?.event;
  if (typeof event !== "string") return malformed("a message without an event");
  if (!knownEvents.has(event)) return { kind: "other" };
  const read = messageSchema.safeParse(message);
  if (!read.success) return malformed(`${event} without what it must carry`);
  switch (read.data.event) {
    case "start": {
      const { streamSid, callSid, customParameters, mediaFormat } = read.data.start;
      return { kind: "start", start: { streamSid, callSid, parameters: customParameters, ...mediaFormat } };
    }
    case "media":
      // What we say ourselves comes back when a stream is asked for both tracks; ours are not.
      if (read.data.media.track !== "inbound") return { kind: "other" };
      return { kind: "media", payload: payload ?? Buffer.from(read.data.media.payload, "latin1") };
    case "dtmf":
      return { kind: "digit", digit: read.data.dtmf.digit };
    case "mark":
      return { kind: "mark", name: read.data.mark.name };
    case "stop":
      return { kind: "stop" };
  }
}

const malformed = (problem: string): TwilioFrame => ({ kind: "malformed", problem });

const mediaClosing = Buffer.from('"}}');

/** Builds the messages to one stream. */
export function messagesTo(streamSid: string) {
  const stream = JSON.stringify(streamSid);
  const mediaOpening = Buffer.from(`{"event":"media","streamSid":${stream},"media":{"payload":"`);
  return {
    /** Plays after all that was sent before. */
    media: (payload: Buffer): Buffer => Buffer.concat([mediaOpening, payload, mediaClosing]),
    /** Comes back once everything sent before it has been played. */
    mark: (name: string): Buffer => Buffer.from(`{"event":"mark","streamSid":${stream},"mark":{"name":${JSON.stringify(name)}}}`),
    /** Twilio forgets what it has not played yet; marks that wait come back at once. */
    clear: Buffer.from(`{"event":"clear","streamSid":${stream}}`),
  } as const;
}
