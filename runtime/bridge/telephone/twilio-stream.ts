/** One Twilio media socket: what came over it, in order, once somebody listens; and what goes out. A call may have several, one after the other. */
import WebSocket from "ws";
import type { Clock } from "../clock.ts";
import { messagesTo, readTwilioFrame, type StreamStart, type TwilioFrame } from "./twilio-frames.ts";

/** A socket that has not said by then whose sound it carries is not Twilio's. */
const startWithinMs = 10_000;
/** More malformed messages than this in `malformedWindowMs` are no accident. */
const mostMalformed = 10;
const malformedWindowMs = 10_000;
/** Twilio sends 50 messages a second; twenty seconds of them may come at once after a stall. */
const mostMessages = 1_000;
const floodWindowMs = 1_000;
/** Twilio sends a caller's silence too. After half of this without a message it is pinged, after all of it the other end is gone. */
const quietMs = 20_000;
/** Minutes of sound that Twilio has not taken: it takes no more. */
const mostUnsentBytes = 2 * 1_048_576;
/** What may come while the call is looked up: two seconds of frames. */
const mostWaiting = 100;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const closes = { normal: 1000, unacceptable: 1003, invalid: 1007, policy: 1008 } as const;

export type StreamEvent =
  | Extract<TwilioFrame, { kind: "media" | "digit" | "mark" | "stop" }>
  /** The socket is gone; nothing follows. */
  | { readonly kind: "lost" };

export class TwilioStream {
  /** What the stream says of itself first; undefined when the socket ended without. */
  readonly started: Promise<StreamStart | undefined>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #report: ((event: StreamEvent) => void) | undefined;
  #waiting: StreamEvent[] = [];
  #malformed: number[] = [];
  #window: { fromMs: number; messages: number };
  #heardAtMs: number;
  #start: StreamStart | undefined;
  #messages = messagesTo("");
  #over = false;
  #cancel: () => void;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#heardAtMs = clock.nowMs();
    this.#window = { fromMs: this.#heardAtMs, messages: 0 };
    this.#cancel = clock.after(startWithinMs, () => socket.close(closes.policy, "no start message"));
    this.started = new Promise((resolve) => {
      socket.on("message", (data, binary) => {
        this.#message(data as Buffer, binary);
        if (this.#start) resolve(this.#start);
      });
      socket.on("close", () => {
        this.#cancel();
        resolve(undefined);
        this.#tell({ kind: "lost" });
      });
    });
    socket.on("pong", () => {
      this.#heardAtMs = clock.nowMs();
    });
    // `close` follows every error.
    socket.on("error", () => undefined);
  }

  /** Reports from now on, what has waited first. */
  listen(report: (event: StreamEvent) => void): void {
    this.#report = report;
    for (const event of this.#waiting.splice(0)) this.#tell(event);
  }

  play(payload: Buffer): void {
    this.#send(this.#messages.media(payload));
  }

  mark(name: string): void {
    this.#send(this.#messages.mark(name));
  }

  clear(): void {
    this.#send(this.#messages.clear);
  }

  /** Nothing is reported any more. */
  close(): void {
    this.#over = true;
    this.#cancel();
    this.#socket.close(closes.normal);
  }

  #send(message: Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > mostUnsentBytes) this.#socket.terminate();
    else this.#socket.send(message, { binary: false });
  }

  #tell(event: StreamEvent): void {
    if (this.#over) return;
    if (this.#report) this.#report(event);
    else if (this.#waiting.length < mostWaiting || event.kind === "lost") this.#waiting.push(event);
  }

  #message(data: Buffer, binary: boolean): void {
    // What comes between our closing and theirs is no concern any more.
    if (this.#over || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#heardAtMs = this.#clock.nowMs();
    if (this.#flooded()) this.#socket.close(closes.policy, "more messages than a phone sends");
    else this.#take(binary ? { kind: "malformed", problem: "not text" } : readTwilioFrame(data));
  }

  #take(frame: TwilioFrame): void {
    if (frame.kind === "start") this.#begin(frame.start);
    else if (frame.kind === "malformed" || (frame.kind !== "other" && !this.#start)) this.#notWellFormed();
    else if (frame.kind !== "other") this.#tell(frame);
  }

  #begin(start: StreamStart): void {
    if (this.#start) return;
    const { encoding, sampleRate, channels } = start;
    if (encoding !== "audio/x-mulaw" || sampleRate !== 8_000 || channels !== 1) {
      this.#socket.close(closes.unacceptable, "only audio/x-mulaw at 8000 Hz, 1 channel");
      return;
    }
    this.#start = start;
    this.#messages = messagesTo(start.streamSid);
    this.#cancel();
    this.#watch();
  }

  #watch(): void {
    this.#cancel = this.#clock.after(quietMs / 2, () => {
      const quietForMs = this.#clock.nowMs() - this.#heardAtMs;
      if (quietForMs >= quietMs) return this.#socket.terminate();
      if (quietForMs >= quietMs / 2) this.#socket.ping();
      this.#watch();
    });
  }

  #notWellFormed(): void {
    const nowMs = this.#clock.nowMs();
    this.#malformed = [...this.#malformed.filter((atMs) => atMs > nowMs - malformedWindowMs), nowMs];
    if (this.#malformed.length > mostMalformed) this.#socket.close(closes.invalid, "malformed messages");
  }

  #flooded(): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#window.fromMs >= floodWindowMs) this.#window = { fromMs: nowMs, messages: 0 };
    this.#window.messages++;
    return this.#window.messages > mostMessages;
  }
}
