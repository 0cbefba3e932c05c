/** One Twilio media socket: what came over it, in order, once somebody listens; and what goes out. A call may have several, one after the other. */
import type WebSocket from "ws";
import type { Clock } from "../clock.ts";
import { PhoneSocket } from "./phone-socket.ts";
import { messagesTo, readTwilioFrame, type StreamStart, type TwilioFrame } from "./twilio-frames.ts";

/** Minutes of sound. */
const mostUnsentBytes = 2 * 1_048_576;
/** What may come while the call is looked up: two seconds of frames. */
const mostWaiting = 100;

export type StreamEvent =
  | Extract<TwilioFrame, { kind: "media" | "digit" | "mark" | "stop" }>
  /** The socket is gone; nothing follows. */
  | { readonly kind: "lost" };

export class TwilioStream {
  /** What the stream says of itself first; undefined when the socket ended without. */
  readonly started: Promise<StreamStart | undefined>;
  readonly #phone: PhoneSocket;
  #report: ((event: StreamEvent) => void) | undefined;
  #waiting: StreamEvent[] = [];
  #start: StreamStart | undefined;
  #messages = messagesTo("");

  constructor(socket: WebSocket, clock: Clock) {
    const { promise, resolve } = Promise.withResolvers<StreamStart | undefined>();
    this.started = promise;
    this.#phone = new PhoneSocket({
      socket,
      clock,
      description: "start message",
      mostUnsentBytes,
      heard: (message) => {
        this.#take(readTwilioFrame(message));
        if (this.#start) resolve(this.#start);
      },
      lost: () => {
        resolve(undefined);
        this.#tell({ kind: "lost" });
      },
    });
  }

  /** Reports from now on, what has waited first. */
  listen(report: (event: StreamEvent) => void): void {
    this.#report = report;
    for (const event of this.#waiting.splice(0)) this.#tell(event);
  }

  play(payload: Buffer): void {
    this.#phone.send(this.#messages.media(payload));
  }

  mark(name: string): void {
    this.#phone.send(this.#messages.mark(name));
  }

  clear(): void {
    this.#phone.send(this.#messages.clear);
  }

  /** Nothing is reported any more. */
  close(): void {
    this.#phone.close();
  }

  #tell(event: StreamEvent): void {
    if (this.#report) this.#report(event);
    else if (this.#waiting.length < mostWaiting || event.kind === "lost") this.#waiting.push(event);
  }

  #take(frame: TwilioFrame): void {
    if (frame.kind === "start") this.#begin(frame.start);
    else if (frame.kind === "malformed" || (frame.kind !== "other" && !this.#start)) this.#phone.malformed();
    else if (frame.kind !== "other") this.#tell(frame);
  }

  #begin(start: StreamStart): void {
    if (this.#start) return;
    const { encoding, sampleRate, channels } = start;
    if (encoding !== "audio/x-mulaw" || sampleRate !== 8_000 || channels !== 1) {
      this.#phone.refuse("only audio/x-mulaw at 8000 Hz, 1 channel");
      return;
    }
    this.#start = start;
    this.#messages = messagesTo(start.streamSid);
    this.#phone.described();
  }
}
