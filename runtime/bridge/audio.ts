/**
 * Sound as it crosses the bridge: the base64 text of 24 kHz, 16-bit, mono PCM. Phone and model both speak base64 inside JSON, so it is
 * handed on as it came.
 */
export interface Audio {
  /** ASCII bytes of the base64 text. */
  readonly base64: Buffer;
  readonly durationMs: number;
}

/** 24,000 samples a second of two bytes each. */
const pcmBytesPerMs = 48;
const padding = "=".charCodeAt(0);

/** Audio from base64 text, or undefined when that is not base64 of whole 16-bit samples. */
export function audioFrom(base64: Buffer): Audio | undefined {
  const { length } = base64;
  if (length === 0 || length % 4 !== 0) return undefined;
  const padded = base64[length - 1] !== padding ? 0 : base64[length - 2] !== padding ? 1 : 2;
  const pcmBytes = (length / 4) * 3 - padded;
  // Node's decoder skips what is not base64, so that a wrong character shows as a missing byte: ten times faster than looking at each.
  if (pcmBytes % 2 !== 0 || Buffer.from(base64.toString("latin1"), "base64").length !== pcmBytes) return undefined;
  return { base64, durationMs: pcmBytes / pcmBytesPerMs };
}
