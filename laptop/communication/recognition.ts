/** Collecting the keys somebody presses: pure but for the clock that is passed in. */
import type { Clock } from "../clock.ts";
import type { Digit } from "../telephone/conversation.ts";
import type { ResultInformation } from "./failures.ts";
import { toneOf } from "./identifiers.ts";
import type { RecognizeRequest } from "./requests.ts";

/** Sub-codes: how-to "Gather user input", event codes. */
const initialSilence = { code: 400, subCode: 8510, message: "Action failed, initial silence timeout reached." };
const betweenTones = { code: 400, subCode: 8532, message: "Action failed, inter-digit silence timeout reached." };
const noChoice = { code: 400, subCode: 8534, message: "Action failed, incorrect tone entered." };
const enough = { code: 200, subCode: 8531, message: "Action completed, max digits received." };
const stopped = { code: 200, subCode: 8514, message: "Action completed as stop tone was detected." };
const chosen = { code: 200, subCode: 8545, message: "Action completed, choice recognized by tone." };

export type Recognized =
  | { readonly kind: "completed"; readonly result: ResultInformation; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: "failed"; readonly result: ResultInformation };

export class Recognition {
  readonly request: RecognizeRequest;
  readonly #clock: Clock;
  readonly #done: (recognized: Recognized) => void;
  readonly #tones: string[] = [];
  #cancelTimer: () => void = () => undefined;
  #over = false;

  constructor(clock: Clock, request: RecognizeRequest, done: (recognized: Recognized) => void) {
    this.#clock = clock;
    this.request = request;
    this.#done = done;
  }

  /** The prompt is over: from now on, silence counts. */
  listen(): void {
    if (this.#over || this.#tones.length > 0) return;
    this.#wait(this.request.recognizeOptions.initialSilenceTimeoutInSeconds, initialSilence);
  }

  press(digit: Digit): void {
    if (this.#over) return;
    const tone = toneOf(digit);
    const { dtmfOptions, choices } = this.request.recognizeOptions;
    if (this.request.recognizeInputType === "choices") {
      this.#choose(tone, choices);
      return;
    }
    if (dtmfOptions?.stopTones.includes(tone)) {
      this.#complete(stopped);
      return;
    }
    this.#tones.push(tone);
    if (this.#tones.length >= (dtmfOptions?.maxTonesToCollect ?? Number.POSITIVE_INFINITY)) {
      this.#complete(enough);
      return;
    }
    this.#wait(dtmfOptions?.interToneTimeoutInSeconds ?? 2, betweenTones);
  }

  /** Ends without a result. */
  cancel(): void {
    this.#over = true;
    this.#cancelTimer();
  }

  #choose(tone: string, choices: RecognizeRequest["recognizeOptions"]["choices"]): void {
    const choice = choices.find((each) => each.tone === tone);
    if (!choice) {
      this.#finish({ kind: "failed", result: noChoice });
      return;
    }
    const data = { recognitionType: "choices", choiceResult: { label: choice.label } };
    this.#finish({ kind: "completed", result: chosen, data });
  }

  #complete(result: ResultInformation): void {
    this.#finish({ kind: "completed", result, data: { recognitionType: "dtmf", dtmfResult: { tones: this.#tones } } });
  }

  #wait(seconds: number, failure: ResultInformation): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(seconds * 1_000, () => this.#finish({ kind: "failed", result: failure }));
  }

  #finish(recognized: Recognized): void {
    if (this.#over) return;
    this.cancel();
    this.#done(recognized);
  }
}
