/** A WebSocket that a phone's sound comes over, whoever carries it: what is no phone is hung up on. */
import WebSocket from "ws";
import type { Clock } from "../clock.ts";

/** A socket that has not said by then what it sends is not a phone. */
const describedWithinMs = 10_000;
/** More malformed messages than this in `malformedWindowMs` are no accident. */
const mostMalformed = 10;
const malformedWindowMs = 10_000;
/** A phone sends 50 messages a second; twenty seconds of them may come at once after a stall. */
const mostMessages = 1_000;
const floodWindowMs = 1_000;
/** A phone sends its silence too. After half of this without a message it is pinged, after all of it the other end is gone. */
const quietMs = 20_000;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
export const closes = { normal: 1000, unacceptable: 1003, invalid: 1007, policy: 1008 } as const;

export interface PhoneSocketArgs {
  readonly socket: WebSocket;
  readonly clock: Clock;
  /** The message that says what the socket sends, for the reason it is closed with when there was none. */
  readonly description: string;
  /** Of sound that the phone has not taken: no more is kept for it, and it is hung up on. */
  readonly mostUnsentBytes: number;
  /** A text message, in order. */
  readonly heard: (message: Buffer) => void;
  /** The socket is gone, and not by `close`: nothing follows. */
  readonly lost: () => void;
}

export class PhoneSocket {
  readonly #args: PhoneSocketArgs;
  #over = false;
  #malformed: number[] = [];
  #window: { fromMs: number; messages: number };
  #heardAtMs: number;
  #cancel: () => void;

  constructor(args: PhoneSocketArgs) {
    const { socket, clock, description } = args;
    this.#args = args;
    this.#heardAtMs = clock.nowMs();
    this.#window = { fromMs: this.#heardAtMs, messages: 0 };
    this.#cancel = clock.after(describedWithinMs, () => socket.close(closes.policy, `no ${description}`));
    socket.on("message", (data, binary) => this.#message(data as Buffer, binary));
    socket.on("pong", () => {
      this.#heardAtMs = clock.nowMs();
    });
    // `close` follows every error.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#cancel();
      if (!this.#over) args.lost();
      this.#over = true;
    });
  }

  /** It has said what it sends: from now on it is expected to go on. */
  described(): void {
    this.#cancel();
    this.#cancel = this.#args.clock.after(quietMs / 2, () => {
      const { socket, clock } = this.#args;
      const quietForMs = clock.nowMs() - this.#heardAtMs;
      if (quietForMs >= quietMs) return socket.terminate();
      if (quietForMs >= quietMs / 2) socket.ping();
      this.described();
    });
  }

  /** What it sends is nothing we can play: `wanted` says what is. */
  refuse(wanted: string): void {
    this.#args.socket.close(closes.unacceptable, wanted);
  }

  malformed(): void {
    const { socket, clock } = this.#args;
    const nowMs = clock.nowMs();
    this.#malformed = [...this.#malformed.filter((atMs) => atMs > nowMs - malformedWindowMs), nowMs];
    if (this.#malformed.length > mostMalformed) socket.close(closes.invalid, "malformed messages");
  }

  send(message: Buffer): void {
    const { socket, mostUnsentBytes } = this.#args;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount + message.length > mostUnsentBytes) socket.terminate();
    else socket.send(message, { binary: false });
  }

  /** Nothing is reported any more. */
  close(): void {
    this.#over = true;
    this.#cancel();
    this.#args.socket.close(closes.normal);
  }

  #message(message: Buffer, binary: boolean): void {
    const { socket, clock, heard } = this.#args;
    // What comes between our closing and theirs is no concern any more.
    if (this.#over || socket.readyState !== WebSocket.OPEN) return;
    this.#heardAtMs = clock.nowMs();
    if (this.#flooded()) socket.close(closes.policy, "more messages than a phone sends");
    else if (binary) this.malformed();
    else heard(message);
  }

  #flooded(): boolean {
    if (this.#heardAtMs - this.#window.fromMs >= floodWindowMs) this.#window = { fromMs: this.#heardAtMs, messages: 0 };
    this.#window.messages++;
    return this.#window.messages > mostMessages;
  }
}
