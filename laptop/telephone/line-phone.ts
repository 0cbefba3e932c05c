/** One phone on the line: what its holder does becomes calls on the exchange, what happens to it becomes signs and sound. */
import type { RawData, WebSocket } from "ws";
import type { Ear } from "../voice/voice.ts";
import type { Ending, Moment, Party, Seat } from "./conversation.ts";
import { NumberTaken, type Ringing, type Subscriber, type TextMessage } from "./exchange.ts";
import { bytesOf, samplesOf } from "./frame.ts";
import type { LineArgs } from "./line.ts";
import { type Action, action, type ShownText, type Sign } from "./line-protocol.ts";
import { numberFault } from "./number.ts";

/** Somebody who does not read loses sound, not the laptop its memory. */
const maximumUnreadBytes = 4 * 1_024 * 1_024;
const policyViolation = 1008;

export class LinePhone implements Party, Subscriber {
  readonly #args: LineArgs;
  readonly #socket: WebSocket;
  readonly #number: string;
  #unregister: () => void = () => undefined;
  #ringing: Ringing | undefined;
  /** Where the phone sits while it is in a call or dialling. */
  #seat: Seat | undefined;
  #ear: Ear | undefined;

  constructor(args: LineArgs, socket: WebSocket, number: string) {
    this.#args = args;
    this.#socket = socket;
    this.#number = number;
    socket.on("error", () => undefined);
    const fault = numberFault(number) ?? this.#register();
    if (fault) {
      this.#show({ kind: "fault", message: fault });
      socket.close(policyViolation);
      return;
    }
    socket.on("message", (data, binary) => (binary ? this.#sound(data) : this.#act(data)));
    socket.on("close", () => this.#close());
    this.#show({ kind: "ready", number, system: args.phoneNumber, texts: args.exchange.texts(number).map(shown) });
  }

  ring(call: Ringing): void {
    if (this.#seat || this.#ringing) {
      call.refuse("busy");
      return;
    }
    this.#ringing = call;
    call.stopped(() => {
      if (this.#ringing !== call) return;
      this.#ringing = undefined;
      this.#show({ kind: "stopped ringing" });
    });
    this.#show({ kind: "rings", from: call.from });
  }

  text(message: TextMessage): void {
    this.#show({ kind: "text", text: shown(message) });
  }

  moment({ heard }: Moment): void {
    if (this.#socket.bufferedAmount > maximumUnreadBytes) return;
    this.#socket.send(bytesOf(heard.pcm));
    for (const words of this.#ear?.hear(heard.pcm) ?? []) this.#show({ kind: "heard", words });
  }

  digit(digit: string): void {
    this.#show({ kind: "pressed", digit });
  }

  ended(reason: Ending): void {
    this.#forget();
    this.#show({ kind: "ended", reason });
  }

  #register(): string | undefined {
    if (this.#number === this.#args.phoneNumber)
      return `${this.#number} is the system's own number; hold another phone and call it.`;
    try {
      this.#unregister = this.#args.exchange.register(this.#number, this);
      return undefined;
    } catch (error) {
      if (error instanceof NumberTaken) return error.message;
      throw error;
    }
  }

  #act(data: RawData): void {
    const parsed = action.safeParse(json(data));
    if (parsed.success) this.#do(parsed.data);
    else this.#fault(`The phone did not understand that: ${parsed.error.issues.map((each) => each.message).join("; ")}`);
  }

  #do(done: Action): void {
    switch (done.kind) {
      case "dial":
        this.#dial(done.to ?? this.#args.phoneNumber);
        break;
      case "answer":
        this.#answer();
        break;
      case "hang up":
        this.#hangUp();
        break;
      case "text":
        this.#text(done.to ?? this.#args.phoneNumber, done.words);
        break;
      default:
        if (this.#seat) this.#inCall(this.#seat, done);
        else this.#fault("The phone is not in a call: dial first.");
    }
  }

  #inCall(seat: Seat, done: Extract<Action, { kind: "press" | "hush" | "say" }>): void {
    if (done.kind === "press") seat.press(done.digit);
    else if (done.kind === "hush") seat.hush();
    else if (seat.speak(this.#args.voice.speak(done.words)))
      this.#show({ kind: "saying", words: done.words, durationMs: Math.round(seat.waitingMs) });
    else this.#fault("Too much waits to be spoken already; let some of it be heard first.");
  }

  #dial(to: string): void {
    const fault = numberFault(to);
    if (fault) {
      this.#fault(fault);
      return;
    }
    if (this.#seat || this.#ringing) {
      this.#fault("The phone is in a call or rings already: hang up first.");
      return;
    }
    this.#show({ kind: "calling", to });
    this.#seat = this.#args.exchange.dial(this.#number, to, {
      moment: (moment) => this.moment(moment),
      digit: (digit) => this.digit(digit),
      ended: (ending) => this.ended(ending),
      answered: () => this.#connected(to),
    });
  }

  #answer(): void {
    const call = this.#ringing;
    if (!call) {
      this.#fault("The phone does not ring.");
      return;
    }
    this.#ringing = undefined;
    this.#seat = call.answer(this);
    this.#connected(call.from);
  }

  #connected(other: string): void {
    this.#ear = this.#args.voice.ear();
    this.#show({ kind: "connected", with: other });
  }

  #hangUp(): void {
    const ringing = this.#ringing;
    this.#ringing = undefined;
    ringing?.refuse("declined");
    const seat = this.#seat;
    if (!seat && !ringing) {
      this.#fault("The phone is not in a call.");
      return;
    }
    this.#forget();
    seat?.leave();
    this.#show({ kind: "ended", reason: ringing ? "declined" : "hung up" });
  }

  #text(to: string, words: string): void {
    const fault = numberFault(to);
    if (fault) {
      this.#fault(fault);
      return;
    }
    this.#args.exchange.text(this.#number, to, words);
  }

  #sound(data: RawData): void {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    this.#seat?.speak(samplesOf(bytes));
  }

  #forget(): void {
    this.#seat = undefined;
    this.#ear?.close();
    this.#ear = undefined;
  }

  #close(): void {
    this.#unregister();
    this.#ringing?.refuse("declined");
    const seat = this.#seat;
    this.#forget();
    seat?.leave();
  }

  #fault(message: string): void {
    this.#show({ kind: "fault", message });
  }

  #show(sign: Sign): void {
    this.#socket.send(JSON.stringify(sign));
  }
}

function shown({ from, words, sentAtMs }: TextMessage): ShownText {
  return { from, words, sentAt: new Date(sentAtMs).toISOString() };
}

function json(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
