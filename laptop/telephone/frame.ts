/** The unit of sound on the laptop's telephone network: 20 ms of 24 kHz mono PCM16, which is what Call Automation streams at its best. */
export const sampleRate = 24_000;
export const frameMs = 20;
export const frameSamples = (sampleRate * frameMs) / 1_000;

export interface Frame {
  /** Exactly `frameSamples` samples. */
  readonly pcm: Int16Array;
  /** Nobody is saying anything: no sound was sent, which is not the same as sound that is quiet. */
  readonly silent: boolean;
}

export const silence: Frame = { pcm: new Int16Array(frameSamples), silent: true };

/** How long `pcm` lasts at 24 kHz. */
export function durationMs(pcm: Int16Array): number {
  return (pcm.length * 1_000) / sampleRate;
}

/** What is heard when several speak at once: the sum, clipped. One voice alone passes untouched. */
export function mix(frames: readonly Frame[]): Frame {
  const voices = frames.filter((each) => !each.silent);
  if (voices.length <= 1) return voices[0] ?? silence;
  const pcm = new Int16Array(frameSamples);
  for (let at = 0; at < frameSamples; at++) {
    let sum = 0;
    for (const voice of voices) sum += voice.pcm[at]!;
    pcm[at] = Math.max(-32_768, Math.min(32_767, sum));
  }
  return { pcm, silent: false };
}

/** One per cent of full scale: above the noise of a quiet room, below any voice. */
const loudAmplitude = 328;

/** Whether somebody can be heard in the frame: its root mean square is above a quiet room's. */
export function loud({ pcm, silent }: Frame): boolean {
  if (silent) return false;
  let energy = 0;
  for (const sample of pcm) energy += sample * sample;
  return energy / pcm.length > loudAmplitude * loudAmplitude;
}

/** The samples of little-endian PCM16 bytes; a trailing odd byte is left out. */
export function samplesOf(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.byteLength >> 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < samples.length; at++) samples[at] = view.getInt16(at * 2, true);
  return samples;
}

/** Little-endian PCM16 bytes of the samples. */
export function bytesOf(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * 2);
  for (let at = 0; at < samples.length; at++) bytes.writeInt16LE(samples[at]!, at * 2);
  return bytes;
}
