/** The assistant's voice: Azure Speech's synthesis, one sentence at a time over a connection that is kept open between them. */
import {
  Connection,
  PropertyId,
  PushAudioOutputStreamCallback,
  ResultReason,
  SpeechConfig,
  SpeechSynthesisOutputFormat,
  SpeechSynthesizer,
} from "microsoft-cognitiveservices-speech-sdk";
import type { Clock } from "../../clock.ts";
import type { SpeechAccess } from "./speech-access.ts";

/** The service answers a sentence well within a second; without any sound for this long the connection is taken for dead. */
const stallMs = 5_000;

export class Synthesis {
  readonly #access: SpeechAccess;
  readonly #clock: Clock;
  #voice: Voice;
  #stop: () => void = () => undefined;
  #closed = false;

  /** `endpointId` is that of a custom voice. */
  constructor(access: SpeechAccess, endpointId: string | undefined, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
    this.#voice = new Voice(access, endpointId);
  }

  /** Opens the connection, or opens it again, before it is needed. False when it cannot be. */
  warm(): Promise<boolean> {
    return this.#voice.warm();
  }

  /**
   * Says one sentence after the other is said: `sound` gets its 24 kHz, 16-bit, mono PCM in whole samples. Resolves to whether it was said
   * to its end; never rejects.
   */
  async say(ssml: string, endpointId: string | undefined, sound: (pcm: Buffer) => void): Promise<boolean> {
    if (this.#closed) return false;
    if (endpointId !== this.#voice.endpointId) this.#replace(endpointId);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let stalled: () => void = () => undefined;
    const wait = () => {
      stalled();
      stalled = this.#clock.after(stallMs, () => end(false));
    };
    let over = false;
    const end = (said: boolean) => {
      if (over) return;
      over = true;
      stalled();
      // A connection with half a sentence in it is of no more use.
      if (!said && !this.#closed) this.#replace(endpointId);
      resolve(said);
    };
    this.#stop = () => end(false);
    wait();
    this.#voice.say(
      ssml,
      (pcm) => {
        if (over) return;
        wait();
        sound(pcm);
      },
      end,
    );
    return promise;
  }

  /** Breaks the present sentence off: no sound of it follows. */
  stop(): void {
    this.#stop();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#voice.close();
  }

  #replace(endpointId: string | undefined): void {
    this.#voice.close();
    this.#voice = new Voice(this.#access, endpointId);
    void this.#voice.warm();
  }
}

/** One synthesiser and its connection. */
class Voice {
  readonly endpointId: string | undefined;
  readonly #synthesizer: SpeechSynthesizer;
  readonly #connection: Connection;
  /** A connection was opened that nothing was said on. */
  #unused = false;

  constructor(access: SpeechAccess, endpointId: string | undefined) {
    this.endpointId = endpointId;
    // Without an audio configuration the SDK plays nothing itself.
    this.#synthesizer = new SpeechSynthesizer(configFor(access, endpointId), null);
    this.#connection = Connection.fromSynthesizer(this.#synthesizer);
  }

  warm(): Promise<boolean> {
    this.#unused = true;
    return new Promise((resolve) =>
      this.#connection.openConnection(
        () => resolve(true),
        () => resolve(false),
      ),
    );
  }

  say(ssml: string, sound: (pcm: Buffer) => void, end: (said: boolean) => void): void {
    this.#unused = false;
    this.#synthesizer.speakSsmlAsync(
      ssml,
      ({ reason }) => end(reason === ResultReason.SynthesizingAudioCompleted),
      () => end(false),
      new Sink(sound),
    );
  }

  close(): void {
    const dispose = () => this.#synthesizer.close(ignore, ignore);
    // The SDK lets go of a connection only once something was sent on it (SynthesisAdapterBase.dispose).
    if (this.#unused) this.#connection.sendMessageAsync("synthesis.context", "{}", dispose, dispose);
    else dispose();
  }
}

function configFor({ synthesis, credential }: SpeechAccess, endpointId: string | undefined): SpeechConfig {
  const config = SpeechConfig.fromEndpoint(synthesis, credential);
  config.speechSynthesisOutputFormat = SpeechSynthesisOutputFormat.Raw24Khz16BitMonoPcm;
  if (endpointId) {
    const custom = new URL(synthesis);
    custom.pathname = synthesis.pathname.replace(/^\/tts\//, "/voice/");
    config.setProperty(PropertyId.SpeechServiceConnection_Endpoint, custom.href);
    config.endpointId = endpointId;
  } else {
    // At this very path the SDK would ask port 443 of the host for a redirection first; for a host it composes the path itself.
    config.setProperty(PropertyId.SpeechServiceConnection_Endpoint, "");
    config.setProperty(PropertyId.SpeechServiceConnection_Host, synthesis.origin);
  }
  return config;
}

/** Hands sound on as it comes, in whole samples. */
class Sink extends PushAudioOutputStreamCallback {
  readonly #sound: (pcm: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(sound: (pcm: Buffer) => void) {
    super();
    this.#sound = sound;
  }

  override write(data: ArrayBuffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, Buffer.from(data)]) : Buffer.from(data);
    const whole = bytes.length - (bytes.length % 2);
    this.#rest = bytes.subarray(whole);
    if (whole > 0) this.#sound(bytes.subarray(0, whole));
  }

  override close(): void {
    this.#rest = Buffer.alloc(0);
  }
}

const ignore = (): void => undefined;
