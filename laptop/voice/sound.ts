/** Sound between the places that need another form of it: rates of 8, 24 and 48 kHz, and the telephone's mu-law. All mono PCM16. */

/** What the voice and the realtime API speak, samples a second. */
export const voiceRate = 24_000;

/** How long a sound lasts; `rate` in samples a second. */
export function pcmDurationMs(pcm: Int16Array, rate = voiceRate): number {
  return (pcm.length * 1_000) / rate;
}

/**
 * The same sound at another rate. Between rates of which one divides the other: averages going down (a rough low pass), straight lines
 * going up. Each call stands alone, so cut streams at multiples of the ratio.
 */
export function resample(pcm: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return pcm;
  const length = Math.floor((pcm.length * to) / from);
  if (from > to && from % to === 0) {
    const ratio = from / to;
    return Int16Array.from({ length }, (_, at) => {
      let sum = 0;
      for (let each = at * ratio; each < (at + 1) * ratio; each++) sum += pcm[each] ?? 0;
      return Math.round(sum / ratio);
    });
  }
  return Int16Array.from({ length }, (_, at) => {
    const position = (at * from) / to;
    const before = Math.floor(position);
    const here = pcm[before] ?? 0;
    const next = pcm[before + 1] ?? here;
    return Math.round(here + (next - here) * (position - before));
  });
}

/** Samples from the little-endian bytes the protocols carry; an odd last byte is dropped. */
export function pcmFromBytes(bytes: Uint8Array): Int16Array {
  const even = bytes.byteLength - (bytes.byteLength % 2);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + even) as ArrayBuffer);
}

/** Little-endian bytes, sharing memory with `pcm`. */
export function bytesFromPcm(pcm: Int16Array): Buffer {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

const bias = 0x84;
const loudest = 32_635;

/** G.711 mu-law: one byte a sample. Source: ITU-T G.711, table 2a. */
export function muLawFromPcm(pcm: Int16Array): Uint8Array {
  return Uint8Array.from(pcm, (sample) => {
    const sign = sample < 0 ? 0x80 : 0;
    const magnitude = Math.min(Math.abs(sample), loudest) + bias;
    const exponent = Math.floor(Math.log2(magnitude)) - 7;
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
  });
}

export function pcmFromMuLaw(bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => {
    const code = ~byte & 0xff;
    const magnitude = ((((code & 0x0f) << 3) + bias) << ((code >> 4) & 0x07)) - bias;
    return code & 0x80 ? -magnitude : magnitude;
  });
}
