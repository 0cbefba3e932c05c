/** The caller's words: Azure Speech's continuous recognition of one line of sound, in one language or in whichever of several is spoken. */
import {
  AudioConfig,
  AudioInputStream,
  AudioStreamFormat,
  AutoDetectSourceLanguageConfig,
  CancellationReason,
  Connection,
  LanguageIdMode,
  ProfanityOption,
  PropertyId,
  type PushAudioInputStream,
  ResultReason,
  SpeechConfig,
  type SpeechRecognitionResult,
  SpeechRecognizer,
} from "microsoft-cognitiveservices-speech-sdk";
import type { Clock } from "../../clock.ts";
import type { SpeechAccess } from "./speech-access.ts";
import type { Phrase } from "./words-heard.ts";

export interface Spoken {
  /** BCP 47: what is expected. */
  readonly language: string;
  /** What else may be spoken; detected when not empty. */
  readonly others: readonly string[];
  /** Silence that ends the caller's turn. */
  readonly silenceMs: number;
}

export interface RecognitionReport {
  /** The service listens. */
  started(): void;
  guess(phrase: Phrase): void;
  final(phrase: Phrase): void;
  /** It does not and cannot be made to; nothing follows. */
  lost(): void;
}

/** Languages told apart at once in continuous detection (learn.microsoft.com, "Implement language identification"). */
const mostLanguages = 10;
/** Silence the service takes for the end of a phrase must be within these (PropertyId.Speech_SegmentationSilenceTimeoutMs), */
const shortestSilenceMs = 100;
const longestSilenceMs = 5_000;
/** and ends before the turn does, so that the final words are there when it is over. */
const earlierMs = 200;
/** A recogniser is replaced when it is lost, but not for the third time in so short a while. */
const mostLosses = 3;
const whileMs = 10_000;
/** Sound without final words that a new recogniser hears again: longer than nearly every utterance, and 240 KB a call. */
const replayMs = 5_000;
const ticksPerMs = 10_000;
const pcmBytesPerMs = 48;

/** Takes 24 kHz, 16-bit, mono PCM. A recogniser that is lost while it works is replaced, and the new one hears again what had no words yet. */
export class Recognition {
  readonly #access: SpeechAccess;
  readonly #report: RecognitionReport;
  readonly #clock: Clock;
  #spoken: Spoken;
  #line: Line;
  #heardMs = 0;
  readonly #wordless: Buffer[] = [];
  #wordlessMs = 0;
  #announced = false;
  #lossesAtMs: number[] = [];

  constructor(access: SpeechAccess, spoken: Spoken, report: RecognitionReport, clock: Clock) {
    this.#access = access;
    this.#spoken = spoken;
    this.#report = report;
    this.#clock = clock;
    this.#line = this.#open();
  }

  hear(pcm: Buffer): void {
    this.#heardMs += pcm.length / pcmBytesPerMs;
    this.#wordlessMs += pcm.length / pcmBytesPerMs;
    this.#wordless.push(pcm);
    this.#forget(replayMs);
    this.#line.hear(pcm);
  }

  /** Goes on in other languages, or with another silence. */
  change(spoken: Spoken): void {
    if (keyOf(spoken) === keyOf(this.#spoken)) return;
    this.#spoken = spoken;
    this.#line.close();
    this.#forget(0);
    this.#line = this.#open();
  }

  close(): void {
    this.#line.close();
  }

  #open(): Line {
    const { started, guess, final } = this.#report;
    const line: Line = new Line(this.#access, this.#spoken, this.#heardMs - this.#wordlessMs, {
      guess,
      started: () => {
        if (!this.#announced) started();
        this.#announced = true;
      },
      final: (phrase) => {
        this.#forget(this.#heardMs - phrase.endMs);
        final(phrase);
      },
      lost: () => this.#lose(line),
    });
    for (const pcm of this.#wordless) line.hear(pcm);
    return line;
  }

  #lose(line: Line): void {
    line.close();
    const nowMs = this.#clock.nowMs();
    this.#lossesAtMs = [...this.#lossesAtMs.filter((each) => nowMs - each < whileMs), nowMs];
    if (line.hasStarted && this.#lossesAtMs.length < mostLosses) this.#line = this.#open();
    else this.#report.lost();
  }

  /** Keeps the latest `keptMs` of the sound. */
  #forget(keptMs: number): void {
    while (this.#wordlessMs > keptMs) {
      const oldest = this.#wordless.shift();
      if (!oldest) break;
      this.#wordlessMs -= oldest.length / pcmBytesPerMs;
    }
  }
}

/** One recogniser and the sound on its way to it. */
class Line {
  readonly #stream: PushAudioInputStream;
  readonly #recognizer: SpeechRecognizer;
  readonly #connection: Connection;
  #closed = false;
  /** The service has listened to it. */
  hasStarted = false;

  constructor(access: SpeechAccess, spoken: Spoken, fromMs: number, report: RecognitionReport) {
    this.#stream = AudioInputStream.createPushStream(AudioStreamFormat.getWaveFormatPCM(24_000, 16, 1));
    this.#recognizer = recognizerFor(access, spoken, AudioConfig.fromStreamInput(this.#stream));
    this.#connection = Connection.fromRecognizer(this.#recognizer);
    const unless = (act: () => void) => {
      if (!this.#closed) act();
    };
    const phrase = ({ text, offset, duration, language }: SpeechRecognitionResult): Phrase => ({
      text: text ?? "",
      endMs: fromMs + (offset + duration) / ticksPerMs,
      ...(spoken.others.length > 0 && language ? { language } : {}),
    });
    const lost = () => unless(() => report.lost());
    this.#recognizer.sessionStarted = () =>
      unless(() => {
        this.hasStarted = true;
        report.started();
      });
    this.#recognizer.recognizing = (_, { result }) => unless(() => report.guess(phrase(result)));
    this.#recognizer.recognized = (_, { result }) =>
      unless(() => {
        if (result.reason === ResultReason.RecognizedSpeech) report.final(phrase(result));
      });
    this.#recognizer.canceled = (_, { reason }) => {
      if (reason === CancellationReason.Error) lost();
    };
    // Left to itself the SDK connects again, but listens to nothing any more.
    this.#connection.disconnected = lost;
    // Closed while it was still connecting, there was no connection yet to be let go of.
    this.#recognizer.startContinuousRecognitionAsync(() => this.#closed && this.#dispose(), lost);
  }

  hear(pcm: Buffer): void {
    if (!this.#closed) this.#stream.write(new Uint8Array(pcm).buffer);
  }

  /**
   * At once. `SpeechRecognizer.close` waits for the service's last words, and `Connection.closeConnection` makes the SDK connect again
   * (ServiceRecognizerBase.receiveMessage); disposing of what is beneath them does neither.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
    this.#dispose();
  }

  #dispose(): void {
    const { internalData } = this.#recognizer as unknown as { internalData: { dispose(): Promise<void> } };
    internalData.dispose().catch(ignore);
  }
}

function recognizerFor(access: SpeechAccess, { language, others, silenceMs }: Spoken, audio: AudioConfig): SpeechRecognizer {
  const config = SpeechConfig.fromEndpoint(access.recognition, access.credential);
  config.speechRecognitionLanguage = language;
  // What was said goes into a claim: it is for the model, not for asterisks, to be polite about it.
  config.setProfanity(ProfanityOption.Raw);
  const segmentMs = Math.min(longestSilenceMs, Math.max(shortestSilenceMs, silenceMs - earlierMs));
  config.setProperty(PropertyId.Speech_SegmentationSilenceTimeoutMs, String(segmentMs));
  if (others.length === 0) return new SpeechRecognizer(config, audio);
  const detection = AutoDetectSourceLanguageConfig.fromLanguages([language, ...others].slice(0, mostLanguages));
  detection.mode = LanguageIdMode.Continuous;
  return SpeechRecognizer.FromConfig(config, detection, audio);
}

const keyOf = ({ language, others, silenceMs }: Spoken): string => JSON.stringify([language, others, silenceMs]);

const ignore = (): void => undefined;
