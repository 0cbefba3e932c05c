/** The sound of one call: the stream to the app, what the service itself plays, and the keys it waits for. */
import type { Digit, Moment } from "../telephone/conversation.ts";
import { durationMs } from "../telephone/frame.ts";
import type { Call } from "./call.ts";
import { badRequest, beyondLaptop, succeeded } from "./failures.ts";
import { digitOf, toneOf, uuid } from "./identifiers.ts";
import { MediaStream } from "./media-stream.ts";
import { PromptFailure, promptSound } from "./prompt.ts";
import { Recognition } from "./recognition.ts";
import type { MediaStreamingOptions, Overridable, PlayRequest, PlaySource, RecognizeRequest } from "./requests.ts";

const streamStarted = { contentType: "Audio", mediaStreamingStatus: "mediaStreamingStarted" };
const streamStopped = { contentType: "Audio", mediaStreamingStatus: "mediaStreamingStopped" };
const streamFailed = { contentType: "Audio", mediaStreamingStatus: "mediaStreamingFailed" };
const socketFailure = {
  code: 400,
  subCode: 8581,
  message: "Action failed, transport url is not valid or web socket server is not operational.",
};

export class CallMedia {
  readonly #call: Call;
  #stream: { readonly id: string; readonly socket: MediaStream } | undefined;
  #opening: { stopped: boolean } | undefined;
  #cancelPrompt: (() => void) | undefined;
  #recognition: Recognition | undefined;
  #continuous: Overridable | undefined;
  #tones = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  properties(): Record<string, unknown> {
    if (!this.#call.args.mediaStreamingOptions) return {};
    const state = this.#stream?.socket.active ? "active" : "inactive";
    return { mediaStreamingSubscription: { id: this.#stream?.id ?? "", state, subscribedContentTypes: ["audio"] } };
  }

  moment(moment: Moment): void {
    this.#stream?.socket.moment(moment);
  }

  digit(digit: Digit): void {
    this.#stream?.socket.digit(digit);
    if (this.#recognition?.request.recognizeOptions.interruptPrompt) this.#interruptPrompt();
    this.#recognition?.press(digit);
    if (!this.#continuous) return;
    const data = { tone: toneOf(digit), sequenceId: ++this.#tones, resultInformation: succeeded };
    this.#call.emit("ContinuousDtmfRecognitionToneReceived", data, this.#continuous);
  }

  /** Opens the app's socket; how that went is told by callback. Throws when the call was not set up for it. */
  startStreaming(options: Overridable): void {
    const settings = this.#call.args.mediaStreamingOptions;
    if (!settings)
      throw badRequest("The call was answered or created without mediaStreamingOptions; streaming cannot be started.");
    if (this.#stream || this.#opening) throw badRequest("Media streaming is already active.");
    const opening = { stopped: false };
    this.#opening = opening;
    void this.#call.args.token().then((token) => {
      this.#opening = undefined;
      if (!opening.stopped) this.#open(settings, token, options);
    });
  }

  stopStreaming(options: Overridable): void {
    if (!this.#stream && !this.#opening) throw badRequest("Media streaming is not active.");
    this.#closeStream();
    const update = { ...streamStopped, mediaStreamingStatusDetails: "subscriptionStopped" };
    this.#call.emit("MediaStreamingStopped", { mediaStreamingUpdate: update, resultInformation: succeeded }, options);
  }

  /** False when no sound flows between the call and the app. */
  tearOff(): boolean {
    const flowing = this.#stream?.socket.active ?? false;
    if (flowing) this.#stream?.socket.tearOff();
    return flowing;
  }

  #open(settings: MediaStreamingOptions, token: string, options: Overridable): void {
    const { args, ids } = this.#call;
    const id = uuid(args.random);
    const seat = this.#call.seat;
    const socket = new MediaStream({
      clock: args.clock,
      url: settings.transportUrl,
      subscriptionId: id,
      token,
      callConnectionId: ids.callConnectionId,
      correlationId: ids.correlationId,
      format: settings.audioFormat === "pcm24kmono" ? "Pcm24KMono" : "Pcm16KMono",
      channels: settings.audioChannelType,
      bidirectional: settings.enableBidirectional,
      tones: settings.enableDtmfTones,
      onAudio: (pcm) => void seat.speak(pcm),
      onStop: () => seat.hush(),
      onOpen: () => {
        const update = { ...streamStarted, mediaStreamingStatusDetails: "subscriptionStarted" };
        this.#call.emit("MediaStreamingStarted", { mediaStreamingUpdate: update, resultInformation: succeeded }, options);
      },
      onFailed: (opened) => {
        this.#stream = undefined;
        const details = opened ? "streamConnectionInterrupted" : "initialWebSocketConnectionFailed";
        const update = { ...streamFailed, mediaStreamingStatusDetails: details };
        this.#call.emit("MediaStreamingFailed", { mediaStreamingUpdate: update, resultInformation: socketFailure }, options);
      },
    });
    this.#stream = { id, socket };
  }

  #closeStream(): void {
    if (this.#opening) this.#opening.stopped = true;
    this.#opening = undefined;
    this.#stream?.socket.close();
    this.#stream = undefined;
  }

  /** Plays files or words to the call; PlayStarted and PlayCompleted follow by callback. */
  play({ playSources, playOptions, interruptCallMediaOperation, ...options }: PlayRequest): void {
    if (playOptions?.loop) throw beyondLaptop("play in a loop");
    if (interruptCallMediaOperation) this.cancelAll();
    void this.#prompt(playSources, {
      started: () => this.#call.emit("PlayStarted", { resultInformation: succeeded }, options),
      over: () => this.#call.emit("PlayCompleted", { resultInformation: succeeded }, options),
      failed: (failure) => this.#call.emit("PlayFailed", { resultInformation: failure.result }, options),
    });
  }

  /** Collects tones after an optional prompt; the outcome follows by callback. */
  recognize(request: RecognizeRequest): void {
    if (request.recognizeInputType === "speech")
      throw beyondLaptop("recognise speech; ask for tones, or stream the audio to the app");
    if (request.interruptCallMediaOperation) this.cancelAll();
    if (this.#recognition) throw badRequest("Another recognition is already active on this call.");
    const recognition = new Recognition(this.#call.args.clock, request, (recognized) => {
      this.#recognition = undefined;
      if (recognized.kind === "failed") this.#call.emit("RecognizeFailed", { resultInformation: recognized.result }, request);
      else this.#call.emit("RecognizeCompleted", { resultInformation: recognized.result, ...recognized.data }, request);
    });
    this.#recognition = recognition;
    const sources = request.playPrompts ?? (request.playPrompt ? [request.playPrompt] : []);
    if (sources.length === 0) {
      recognition.listen();
      return;
    }
    void this.#prompt(sources, {
      started: () => undefined,
      over: () => recognition.listen(),
      failed: (failure) => {
        recognition.cancel();
        this.#recognition = undefined;
        this.#call.emit("RecognizeFailed", { resultInformation: failure.result }, request);
      },
    });
  }

  /** Stops what the service plays and waits for; the app's own sound goes on. */
  cancelAll(): void {
    if (this.#cancelPrompt && !this.#recognition) this.#call.emit("PlayCanceled", { resultInformation: succeeded });
    this.#interruptPrompt();
    if (!this.#recognition) return;
    this.#recognition.cancel();
    this.#call.emit("RecognizeCanceled", { resultInformation: succeeded }, this.#recognition.request);
    this.#recognition = undefined;
  }

  sendTones(tones: readonly string[], options: Overridable): void {
    const { seat } = this.#call;
    for (const tone of tones) {
      const digit = digitOf(tone);
      if (digit) seat.press(digit);
    }
    this.#call.emit("SendDtmfTonesCompleted", { resultInformation: succeeded }, options);
  }

  startContinuousTones(options: Overridable): void {
    this.#continuous = options;
  }

  stopContinuousTones(options: Overridable): void {
    this.#continuous = undefined;
    this.#call.emit("ContinuousDtmfRecognitionStopped", { resultInformation: succeeded }, options);
  }

  close(): void {
    this.#closeStream();
    this.#interruptPrompt();
    this.#recognition?.cancel();
    this.#recognition = undefined;
  }

  async #prompt(
    sources: readonly PlaySource[],
    told: { started(): void; over(): void; failed(failure: PromptFailure): void },
  ): Promise<void> {
    try {
      const { seat, args } = this.#call;
      const sounds = await promptSound(sources, args.prompts);
      if (this.#call.state === "disconnected") return;
      for (const pcm of sounds) seat.speak(pcm);
      told.started();
      const lastsMs = Math.max(
        seat.waitingMs,
        sounds.reduce((sum, pcm) => sum + durationMs(pcm), 0),
      );
      const cancelTimer = args.clock.after(lastsMs, () => {
        this.#cancelPrompt = undefined;
        told.over();
      });
      this.#cancelPrompt = () => {
        cancelTimer();
        seat.hush();
      };
    } catch (error) {
      if (!(error instanceof PromptFailure)) throw error;
      told.failed(error);
    }
  }

  #interruptPrompt(): void {
    this.#cancelPrompt?.();
    this.#cancelPrompt = undefined;
  }
}
