/** What somebody on hold hears: two soft tones in turn, or a piece of sound over and over. One generator a listener. */
import { type Frame, frameSamples, sampleRate } from "./frame.ts";

/** Below the band of the laptop's voice (0.9 kHz), so that no ear takes music for words. */
const notesHz = [392, 523] as const;
const noteSamples = sampleRate / 2;
/** Three per cent of full scale. */
const amplitude = 1_000;

/** Frame after frame of music, for ever. */
export function holdMusic(): () => Frame {
  let at = 0;
  return () => {
    const pcm = Int16Array.from({ length: frameSamples }, (_, sample) => tone(at + sample));
    at += frameSamples;
    return { pcm, silent: false };
  };
}

/** Frame after frame of `pcm` (24 kHz), from its start again after its end. */
export function looped(pcm: Int16Array): () => Frame {
  let at = 0;
  return () => {
    const frame = Int16Array.from({ length: frameSamples }, (_, sample) => pcm[(at + sample) % pcm.length] ?? 0);
    at = (at + frameSamples) % Math.max(1, pcm.length);
    return { pcm: frame, silent: false };
  };
}

/** Swells and fades within each note: a tone that is cut clicks. */
function tone(at: number): number {
  const hz = notesHz[Math.floor(at / noteSamples) % notesHz.length] ?? notesHz[0];
  const swell = Math.sin((Math.PI * (at % noteSamples)) / noteSamples);
  return Math.round(amplitude * swell * Math.sin((2 * Math.PI * hz * at) / sampleRate));
}
