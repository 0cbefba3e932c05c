/**
 * The service's SIP side: calls that a trunk brings ring here until the app, told by webhook, takes or declines them. The trunk itself is
 * the laptop's telephone network.
 */
import type { Clock } from "../../clock.ts";
import { Refusal } from "../../identity/access.ts";
import type { Digit, Ending, Moment, Party, Seat } from "../../telephone/conversation.ts";
import type { Exchange, Ringing } from "../../telephone/exchange.ts";
import { frameMs } from "../../telephone/frame.ts";
import { InvalidRequest } from "../answers.ts";
import type { Webhooks } from "../webhooks.ts";
import type { Speaker } from "./responses.ts";
import type { RealtimeSession } from "./session.ts";

/** A telephone network whose numbers a trunk points at the account. */
export interface Trunk {
  readonly exchange: Exchange;
  /** E.164. */
  readonly numbers: readonly string[];
}

export interface SipParts {
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly webhooks: Webhooks;
}

export class Sip {
  readonly #parts: SipParts;
  readonly #trunk: Trunk;
  readonly #ringing = new Map<string, Ringing>();
  readonly #unregister: (() => void)[] = [];

  constructor(trunk: Trunk, parts: SipParts) {
    this.#trunk = trunk;
    this.#parts = parts;
  }

  /** The trunk is pointed here: from now on its numbers ring, unless they are somebody else's already. */
  connect(): void {
    if (this.#unregister.length > 0) return;
    for (const number of this.#trunk.numbers) {
      try {
        this.#unregister.push(this.#trunk.exchange.register(number, { ring: (call) => this.#ring(call) }));
      } catch {
        // The number is carried by another service.
      }
    }
  }

  /** The ringing call, which stops being one; throws the service's 404 when nobody rings under that id. */
  take(callId: string): Ringing {
    const call = this.#ringing.get(callId);
    if (!call) throw new Refusal(404, "call_id_not_found", "No session found for the provided call_id.");
    this.#ringing.delete(callId);
    return call;
  }

  reject(callId: string, status: unknown): void {
    if (status !== undefined && !(Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 699))
      throw new InvalidRequest("Invalid 'status_code': a SIP status from 400 to 699.", "status_code");
    this.take(callId).refuse(status === 486 || status === 600 ? "busy" : "declined");
  }

  close(): void {
    for (const unregister of this.#unregister) unregister();
  }

  #ring(call: Ringing): void {
    const { newId, webhooks } = this.#parts;
    const callId = newId("rtc");
    this.#ringing.set(callId, call);
    call.stopped(() => this.#ringing.delete(callId));
    const told = webhooks.tell("realtime.call.incoming", {
      call_id: callId,
      sip_headers: [
        { name: "From", value: `<sip:${call.from}@trunk.example;user=phone>;tag=${newId("tag")}` },
        { name: "To", value: `<sip:${call.to}@sip.ai.example;user=phone>` },
        { name: "Call-ID", value: newId("sip") },
      ],
    });
    if (!told) this.take(callId).refuse("declined");
  }
}

/** A taken SIP call: what the caller says goes to the session, what the session says to the caller. */
export class SipCall implements Party, Speaker {
  readonly #session: RealtimeSession;
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #seat: Seat;
  #open = true;

  constructor(ringing: Ringing, session: RealtimeSession, { exchange }: Trunk, clock: Clock) {
    this.#session = session;
    this.#exchange = exchange;
    this.#clock = clock;
    this.#seat = ringing.answer(this);
    session.lendSpeaker(this);
  }

  moment({ heard, spoken }: Moment): void {
    this.#session.hear(heard.pcm);
    if (!spoken.silent) this.#session.played(frameMs);
  }

  digit(digit: Digit): void {
    this.#session.press(digit);
  }

  ended(_ending: Ending): void {
    this.#open = false;
    this.#session.close(1_000, "the caller has hung up");
  }

  play(pcm: Int16Array): void {
    this.#seat.speak(pcm);
  }

  clear(): void {
    this.#seat.hush();
  }

  /** Hands the caller over; nothing is told of what becomes of it. Throws for an address that cannot be rung. */
  refer(target: unknown): void {
    if (typeof target !== "string")
      throw new InvalidRequest("Missing required parameter: 'target_uri'.", "target_uri", "missing_required_parameter");
    const number = /^(?:tel:|sips?:)(\+[1-9]\d{6,14})(?:[@;].*)?$/.exec(target)?.[1];
    if (!number)
      throw new InvalidRequest(
        "Invalid 'target_uri': this stand-in's network knows numbers only, as tel:+33612345678 or sip:+33612345678@host.",
        "target_uri",
      );
    this.#exchange.invite(this.#seat.conversation, this.#seat.number, number, {
      // The person takes their seat first.
      answered: () => void this.#clock.after(0, () => this.#session.close(1_000, "the call was handed over")),
      failed: () => undefined,
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#seat.leave();
  }
}
