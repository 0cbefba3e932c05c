/**
 * The public telephone network of the laptop: phones under E.164 numbers, calls between them, text messages. A number that nobody
 * registered is picked up by a stranger, so that every number in the world can be called.
 */
import type { Clock } from "../clock.ts";
import { Conversation, type Ending, type Party, type Seat } from "./conversation.ts";

/** After this long a phone that rings is given up, as most carriers do. */
const ringMs = 45_000;
/** Text messages kept for each number, newest last. */
const keptTexts = 100;

/** A phone that rings. */
export interface Ringing {
  readonly from: string;
  readonly to: string;
  /** Picks up; throws when it no longer rings. */
  answer(party: Party): Seat;
  /** Does not pick up. Nothing happens when it no longer rings. */
  refuse(ending: "busy" | "declined"): void;
  /** Called once if the caller gives up, or the ringing lasts too long. */
  stopped(act: () => void): void;
}

export interface TextMessage {
  readonly from: string;
  readonly to: string;
  readonly words: string;
  readonly sentAtMs: number;
}

/** What stands behind a number: a phone, a person, the system. */
export interface Subscriber {
  ring(call: Ringing): void;
  text?(message: TextMessage): void;
}

/** What a caller learns about the phone it let ring. */
export interface Outcome {
  answered(): void;
  failed(ending: Ending): void;
}

export class NumberTaken extends Error {
  constructor(number: string) {
    super(`${number} already belongs to a connected phone. Close that one, or use another number.`);
  }
}

export interface ExchangeArgs {
  readonly clock: Clock;
  /** Who picks up at a number that nobody registered; absent means such numbers are unreachable. */
  readonly stranger?: (number: string) => Subscriber;
}

export class Exchange {
  readonly clock: Clock;
  readonly #stranger: ((number: string) => Subscriber) | undefined;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #texts = new Map<string, TextMessage[]>();
  readonly #streams = new Set<(number: string) => boolean>();

  constructor({ clock, stranger }: ExchangeArgs) {
    this.clock = clock;
    this.#stranger = stranger;
  }

  /** Connects a subscriber under an E.164 number; the returned function disconnects it. Throws `NumberTaken`. */
  register(number: string, subscriber: Subscriber): () => void {
    if (this.#subscribers.has(number)) throw new NumberTaken(number);
    this.#subscribers.set(number, subscriber);
    return () => {
      if (this.#subscribers.get(number) === subscriber) this.#subscribers.delete(number);
    };
  }

  /**
   * Calls `to`: the caller is alone in a conversation until somebody picks up. Its seat's `leave` gives up; `answered` brings the seat along,
   * since a phone may pick up before this returns.
   */
  dial(from: string, to: string, caller: Party & { answered?(seat: Seat): void }): Seat {
    const conversation = new Conversation(this.clock);
    const give = { up: (): void => undefined };
    const joined = conversation.join(from, caller);
    const seat: Seat = {
      ...joined,
      get waitingMs() {
        return joined.waitingMs;
      },
      leave() {
        give.up();
        joined.leave();
      },
    };
    give.up = this.invite(conversation, from, to, {
      answered: () => caller.answered?.(seat),
      failed: (ending) => caller.ended(ending),
    });
    return seat;
  }

  /** Lets `to` ring and, if it picks up, join the conversation. The returned function gives up; it does nothing once answered. */
  invite(conversation: Conversation, from: string, to: string, outcome: Outcome): () => void {
    const subscriber = this.#subscribers.get(to) ?? this.#stranger?.(to);
    let rings = true;
    let stopped = (): void => undefined;
    const over = (ending: Ending): void => {
      if (!rings) return;
      rings = false;
      giveUp();
      stopped();
      outcome.failed(ending);
    };
    const giveUp = this.clock.after(subscriber ? ringMs : 0, () => over(subscriber ? "no answer" : "unreachable"));
    subscriber?.ring({
      from,
      to,
      answer: (party) => {
        if (!rings) throw new Error("The phone no longer rings: the caller gave up, or it was answered already.");
        rings = false;
        giveUp();
        const seat = conversation.join(to, party);
        outcome.answered();
        return seat;
      },
      // Later, so that even a phone that is busy at once is so after the caller knows its own call.
      refuse: (ending) => void this.clock.after(0, () => over(ending)),
      stopped: (act) => {
        stopped = act;
      },
    });
    return () => {
      if (!rings) return;
      rings = false;
      giveUp();
      stopped();
    };
  }

  /** Delivers a text message to the number's phone and keeps it for the phones that connect later. */
  text(from: string, to: string, words: string): TextMessage {
    const message: TextMessage = { from, to, words, sentAtMs: this.clock.nowMs() };
    this.#texts.set(to, [...this.texts(to), message].slice(-keptTexts));
    this.#subscribers.get(to)?.text?.(message);
    return message;
  }

  /**
   * Whoever carries sound between calls and apps says how the stream of the call with a number is torn off; false when it has none. The
   * returned function takes that back.
   */
  streams(tearOff: (number: string) => boolean): () => void {
    this.#streams.add(tearOff);
    return () => this.#streams.delete(tearOff);
  }

  /** Tears off the sound stream of the call that `number` is in, as a network fault does; the call itself stays. False when there is none. */
  loseSound(number: string): boolean {
    return [...this.#streams].map((tearOff) => tearOff(number)).includes(true);
  }

  /** Messages that reached the number, oldest first. */
  texts(number: string): readonly TextMessage[] {
    return this.#texts.get(number) ?? [];
  }
}
