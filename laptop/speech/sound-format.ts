/** The forms sound goes out and comes in. All 16-bit mono PCM, bare or in a RIFF file. */
import { Refusal } from "../identity/access.ts";
import { bytesFromPcm, pcmFromBytes, resample, voiceRate } from "../voice/sound.ts";

export interface OutputFormat {
  readonly container: "raw" | "riff";
  /** Samples a second. */
  readonly rate: number;
}

const known = /^(raw|riff)-(8|16|24|48)khz-16bit-mono-pcm$/;

/** The format by its name in `X-Microsoft-OutputFormat`. Throws `Refusal` 400 without one, 501 for compressed ones. */
export function outputFormat(name: string | null | undefined): OutputFormat {
  if (!name) throw new Refusal(400, "BadRequest", "X-Microsoft-OutputFormat is missing, e.g. raw-24khz-16bit-mono-pcm.");
  const [, container, khz] = known.exec(name) ?? [];
  if (!khz)
    throw new Refusal(
      501,
      "NotImplemented",
      `This stand-in makes raw and riff 16-bit mono PCM at 8, 16, 24 and 48 kHz, not "${name}".`,
    );
  return { container: container === "riff" ? "riff" : "raw", rate: Number(khz) * 1_000 };
}

/** The voice's samples in that format. */
export function encodeSound(pcm: Int16Array, { container, rate }: OutputFormat): Buffer {
  const bytes = bytesFromPcm(resample(pcm, voiceRate, rate));
  return container === "raw" ? bytes : Buffer.concat([riffHeader(bytes.length, rate), bytes]);
}

function riffHeader(dataBytes: number, rate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** What a RIFF header says, and where its samples begin. Throws `Refusal` 400 for anything but 16-bit mono PCM. */
export function readRiff(bytes: Buffer): { readonly rate: number; readonly dataAt: number } {
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE") throw unreadable();
  let rate: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, length, body] = [bytes.toString("latin1", at, at + 4), bytes.readUInt32LE(at + 4), at + 8];
    if (name === "fmt " && body + 16 <= bytes.length) {
      const [coding, channels, bits] = [bytes.readUInt16LE(body), bytes.readUInt16LE(body + 2), bytes.readUInt16LE(body + 14)];
      if (coding !== 1 || channels !== 1 || bits !== 16) throw unreadable();
      rate = bytes.readUInt32LE(body + 4);
    }
    if (name === "data" && rate !== undefined) return { rate, dataAt: body };
    at = body + length + (length % 2);
  }
  throw unreadable();
}

const unreadable = (): Refusal => new Refusal(400, "BadRequest", "Sound must be a RIFF file of 16-bit mono PCM.");

/** Turns a stream of bytes at `rate` into the voice's samples, whatever the pieces: cut where the rates meet. */
export class Intake {
  readonly #rate: number;
  readonly #unit: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(rate: number) {
    this.#rate = rate;
    // Smallest number of bytes that is whole samples at both rates.
    this.#unit = (2 * rate) / greatestCommonDivisor(rate, voiceRate);
  }

  take(bytes: Buffer): Int16Array {
    const all = Buffer.concat([this.#rest, bytes]);
    const whole = all.length - (all.length % this.#unit);
    this.#rest = all.subarray(whole);
    return resample(pcmFromBytes(all.subarray(0, whole)), this.#rate, voiceRate);
  }
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
