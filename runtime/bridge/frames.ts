/**
 * The messages of a Call Automation media socket, both ways.
 *
 * Shapes as in the service's documentation ("audio streaming concept") and @azure/communication-call-automation 1.6.0 (streamingData,
 * models/streaming). Its parser is not used: it keeps the kind of the last message in one variable for the whole process.
 */
import { z } from "zod";
import { type Audio, audioFrom } from "./audio.ts";
import { openEnvelope } from "./envelope.ts";

export type PhoneFrame =
  | { readonly kind: "metadata"; readonly encoding: string; readonly sampleRate: number; readonly channels: number }
  | { readonly kind: "audio"; readonly audio: Audio }
  | { readonly kind: "digit"; readonly digit: string }
  /** A kind of message this bridge has no use for. */
  | { readonly kind: "other" }
  /** `problem` names what is wrong with the form, never what was in it. */
  | { readonly kind: "malformed"; readonly problem: string };

/** A frame of 20 ms is some 1.4 kB; forty times that is no frame of a phone. */
export const maxFrameBytes = 65_536;

const frameSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("AudioMetadata"),
    audioMetadata: z.object({ encoding: z.string(), sampleRate: z.number(), channels: z.union([z.number(), z.string()]) }),
  }),
  z.object({ kind: z.literal("AudioData"), audioData: z.object({ data: z.string() }) }),
  z.object({ kind: z.literal("DtmfData"), dtmfData: z.object({ data: z.string().max(16) }) }),
]);
const knownKinds = new Set(["AudioMetadata", "AudioData", "DtmfData"]);

/** Reads one message of the phone. Never throws; audio is sliced out of its message, not parsed. */
export function readFrame(data: Buffer): PhoneFrame {
  if (data.length > maxFrameBytes) return malformed(`a message of more than ${maxFrameBytes} bytes`);
  try {
    const envelope = openEnvelope(data, "data");
    if (envelope && isAudioData(envelope.message)) return audioFrame(envelope.bulk);
    return parsedFrame(JSON.parse(data.toString("utf8")));
  } catch {
    return malformed("not JSON");
  }
}

function isAudioData(message: unknown): boolean {
  const { kind, audioData } = message as { kind?: unknown; audioData?: { data?: unknown } };
  return kind === "AudioData" && audioData?.data === "";
}

function audioFrame(base64: Buffer): PhoneFrame {
  const audio = audioFrom(base64);
  return audio ? { kind: "audio", audio } : malformed("audio that is not base64 of 16-bit samples");
}

function parsedFrame(message: unknown): PhoneFrame {
  const kind = (message as { kind?: unknown } | null)?.kind;
  if (typeof kind !== "string") return malformed("a message without a kind");
  if (!knownKinds.has(kind)) return { kind: "other" };
  const frame = frameSchema.safeParse(message);
  if (!frame.success) return malformed(`${kind} without what it must carry`);
  switch (frame.data.kind) {
    case "AudioMetadata": {
      const { encoding, sampleRate, channels } = frame.data.audioMetadata;
      return { kind: "metadata", encoding, sampleRate, channels: channels === "mono" ? 1 : Number(channels) };
    }
    case "AudioData":
      return audioFrame(Buffer.from(frame.data.audioData.data, "latin1"));
    case "DtmfData":
      return { kind: "digit", digit: frame.data.dtmfData.data };
  }
}

function malformed(problem: string): PhoneFrame {
  return { kind: "malformed", problem };
}

const audioOpening = Buffer.from('{"kind":"audioData","audioData":{"data":"');
const audioClosing = Buffer.from('"}}');

/** The message that makes the phone play `audio` after all it was sent before. */
export function playFrame(audio: Audio): Buffer {
  return Buffer.concat([audioOpening, audio.base64, audioClosing]);
}

/** The message that makes the phone forget what it has not played yet. */
export const stopFrame: Buffer = Buffer.from('{"kind":"stopAudio","stopAudio":{}}');
