/** What a frame of sound carries in this benchmark: whose it is, which it is and when it left, in the first 18 of its 960 bytes. */

/** 20 ms of 24 kHz, 16-bit, mono. */
const frameBytes = 960;
const stampBytes = 18;
/** Base64 characters of the stamp: 18 bytes are 24 characters without padding. */
const stampCharacters = 24;
const magic = 0x5b5b;

export interface Stamp {
  readonly call: number;
  readonly sequence: number;
  /** Milliseconds of the machine's monotonic clock, which all processes share. */
  readonly sentMs: number;
}

/** Milliseconds since the machine started: the same clock in every process. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Base64 of a silent frame: a template whose beginning `writeStamp` replaces. */
export const silentFrame = Buffer.alloc(frameBytes).toString("base64");

const scratch = Buffer.alloc(stampBytes);

/** Writes a stamp over the base64 text that begins at `at`. */
export function writeStamp(into: Buffer, at: number, { call, sequence, sentMs }: Stamp): void {
  scratch.writeUInt16BE(magic, 0);
  scratch.writeUInt32BE(call, 2);
  scratch.writeUInt32BE(sequence, 6);
  scratch.writeDoubleBE(sentMs, 10);
  into.write(scratch.toString("base64"), at, "latin1");
}

/** The stamp of the base64 text under `key`, or undefined when the message carries no sound. */
export function readStamp(payload: Buffer, key: string): Stamp | undefined {
  const opening = `"${key}":"`;
  const at = payload.indexOf(opening, 0, "latin1");
  if (at < 0) return undefined;
  const start = at + opening.length;
  const bytes = Buffer.from(payload.toString("latin1", start, start + stampCharacters), "base64");
  if (bytes.length !== stampBytes || bytes.readUInt16BE(0) !== magic) return undefined;
  return { call: bytes.readUInt32BE(2), sequence: bytes.readUInt32BE(6), sentMs: bytes.readDoubleBE(10) };
}
