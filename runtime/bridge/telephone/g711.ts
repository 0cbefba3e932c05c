/**
 * G.711 mu-law, the telephone's own form of sound: 8,000 samples a second of one byte each, fine steps where it is quiet and coarse ones
 * where it is loud. Source: ITU-T G.711, table 2a; both directions are looked up.
 */

/** Added before the logarithm is taken, so that its first segment starts at zero. */
const bias = 0x84;
/** The loudest sample that still fits after the bias. */
const loudest = 32_635;

const decoded = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + bias) << ((code >> 4) & 0x07)) - bias;
  return code & 0x80 ? -magnitude : magnitude;
});

/** By the sample's 16 bits, read as a number without sign. */
const encoded = Uint8Array.from({ length: 65_536 }, (_, bits) => {
  const sample = bits < 32_768 ? bits : bits - 65_536;
  const magnitude = Math.min(Math.abs(sample), loudest) + bias;
  const segment = 31 - Math.clz32(magnitude) - 7;
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
});

/** What a line carries when nobody speaks. */
export const muLawSilence = 0xff;

/** One byte a sample. */
export function muLawFrom(pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length);
  for (let at = 0; at < pcm.length; at++) bytes[at] = encoded[pcm[at]! & 0xffff]!;
  return bytes;
}

/** One 16-bit sample a byte. */
export function pcmFrom(muLaw: Uint8Array): Int16Array {
  const pcm = new Int16Array(muLaw.length);
  for (let at = 0; at < muLaw.length; at++) pcm[at] = decoded[muLaw[at]!]!;
  return pcm;
}
