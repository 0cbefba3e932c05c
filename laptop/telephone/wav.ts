/** WAV files: what a caller may play into the phone, and what a recording lands as. */

import { sampleRate } from "./frame.ts";
import { resample } from "./resampler.ts";

/** Why a file cannot be played; the message says what would work. */
export class NotPlayable extends Error {}

const wanted = "Give a WAV file with 8-bit or 16-bit PCM or 8-bit mu-law samples; any rate and number of channels will do.";
const pcmFormat = 1;
const muLawFormat = 7;
const extensibleFormat = 0xfffe;
/** Rates that sound cards and telephones know; anything else is a damaged header. */
const minimumRate = 4_000;
const maximumRate = 192_000;

export interface Wav {
  readonly format: WavFormat;
  /** All channels as one, at the file's own rate. */
  readonly mono: Int16Array;
}

/** The sound of a WAV file as 24 kHz mono. Throws `NotPlayable`. */
export function playable(file: Uint8Array): Int16Array {
  const { format, mono } = readWav(file);
  return resample(mono, format.rate, sampleRate);
}

/** What a WAV file holds. Throws `NotPlayable`. */
export function readWav(file: Uint8Array): Wav {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const text = (at: number): string => (at + 4 <= file.byteLength ? String.fromCharCode(...file.subarray(at, at + 4)) : "");
  if (text(0) !== "RIFF" || text(8) !== "WAVE") throw new NotPlayable(`It is not a WAV file. ${wanted}`);
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= file.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (text(at) === "fmt " && body + 16 <= file.byteLength) format = readFormat(view, body, size);
    // Streamed files leave the size open: everything to the end is sound then.
    if (text(at) === "data" && format)
      return { format, mono: decode(file.subarray(body, Math.min(file.byteLength, body + size)), format) };
    at = body + size + (size % 2);
  }
  throw new NotPlayable(`It has no ${format ? "sound" : "format"} in it. ${wanted}`);
}

export interface WavFormat {
  readonly encoding: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

function readFormat(view: DataView, at: number, size: number): WavFormat {
  const named = view.getUint16(at, true);
  const encoding = named === extensibleFormat && size >= 26 ? view.getUint16(at + 24, true) : named;
  const format = {
    encoding,
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
  const pcm = encoding === pcmFormat && (format.bits === 8 || format.bits === 16);
  const muLaw = encoding === muLawFormat && format.bits === 8;
  if (!pcm && !muLaw) throw new NotPlayable(`Its samples are of format ${encoding} with ${format.bits} bits. ${wanted}`);
  if (format.channels < 1 || format.rate < minimumRate || format.rate > maximumRate)
    throw new NotPlayable(`Its header says ${format.channels} channels at ${format.rate} Hz. ${wanted}`);
  return format;
}

function decode(bytes: Uint8Array, { encoding, channels, bits }: WavFormat): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = bits / 8;
  const sample = (at: number): number => {
    if (encoding === muLawFormat) return muLaw(view.getUint8(at));
    return bits === 8 ? (view.getUint8(at) - 128) << 8 : view.getInt16(at, true);
  };
  const mono = new Int16Array(Math.floor(bytes.byteLength / (width * channels)));
  for (let each = 0; each < mono.length; each++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += sample((each * channels + channel) * width);
    mono[each] = Math.round(sum / channels);
  }
  return mono;
}

/** ITU-T G.711 mu-law to linear. */
function muLaw(byte: number): number {
  const value = ~byte & 0xff;
  const magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)) - 0x84;
  return value & 0x80 ? -magnitude : magnitude;
}

/** A PCM16 WAV file: one Int16Array for each channel, all of the same length. */
export function wavFile(channels: readonly Int16Array[], rate = sampleRate): Buffer {
  const length = channels[0]?.length ?? 0;
  const blockBytes = channels.length * 2;
  const file = Buffer.alloc(44 + length * blockBytes);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(36 + length * blockBytes, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(pcmFormat, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * blockBytes, 28);
  file.writeUInt16LE(blockBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(length * blockBytes, 40);
  for (let at = 0; at < length; at++)
    for (let channel = 0; channel < channels.length; channel++)
      file.writeInt16LE(channels[channel]![at]!, 44 + at * blockBytes + channel * 2);
  return file;
}
