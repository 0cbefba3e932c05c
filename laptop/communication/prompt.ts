/** Sound that the service itself plays into a call: files, and words where a speech service is connected. */
import { sampleRate } from "../telephone/frame.ts";
import { resample } from "../telephone/resampler.ts";
import { readWav } from "../telephone/wav.ts";
import type { ResultInformation } from "./failures.ts";
import type { PlaySource } from "./requests.ts";

/** Why a prompt cannot be played: Call Automation's own sub-codes (how-to "Customize voice prompts", event codes). */
export class PromptFailure extends Error {
  readonly result: ResultInformation;
  constructor(code: number, subCode: number, message: string) {
    super(message);
    this.result = { code, subCode, message };
  }
}

export interface PromptArgs {
  readonly fetch: typeof fetch;
  /** Words as 24 kHz sound; absent means that no speech service is connected. */
  readonly voice: { speak(text: string): Int16Array } | undefined;
}

const maximumFileBytes = 64 * 1_024 * 1_024;
const downloadTimeoutMs = 10_000;
/** What the service plays: 16 kHz, one channel, 16 bits. */
const playedRate = 16_000;

/** The sources' sound, one after the other, at 24 kHz. Throws `PromptFailure`. */
export async function promptSound(sources: readonly PlaySource[], args: PromptArgs): Promise<Int16Array[]> {
  return Promise.all(sources.map((source) => soundOf(source, args)));
}

async function soundOf(source: PlaySource, { fetch, voice }: PromptArgs): Promise<Int16Array> {
  const words = source.text?.text ?? source.ssml?.ssmlText.replace(/<[^>]*>/g, " ").trim();
  if (words !== undefined) {
    if (!voice) throw new PromptFailure(400, 8565, "Action failed, no Azure AI service is connected that could speak the text.");
    return voice.speak(words);
  }
  const file = await download(source.file?.uri ?? "", fetch);
  try {
    const { format, mono } = readWav(file);
    if (format.rate === playedRate && format.channels === 1 && format.bits === 16) return resample(mono, playedRate, sampleRate);
  } catch {
    // Said below: whatever is wrong with the file, the advice is the same.
  }
  throw new PromptFailure(400, 8535, "Action failed, file format is invalid: give a WAV file of 16 kHz, one channel, 16 bits.");
}

async function download(uri: string, fetch: typeof globalThis.fetch): Promise<Uint8Array> {
  try {
    const answer = await fetch(uri, { signal: AbortSignal.timeout(downloadTimeoutMs) });
    const bytes = answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    if (bytes && bytes.byteLength <= maximumFileBytes) return bytes;
  } catch {
    // The address does not answer: a failed download like any other.
  }
  throw new PromptFailure(400, 8536, "Action failed, the file could not be downloaded.");
}
