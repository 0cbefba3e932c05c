/**
 * A simulated person who picks up at a number nobody registered: hears words as sound, answers what it is asked by simple rules and in the
 * language it is spoken to, and speaks as sound that travels the whole way. `Mind` decides, purely; the rest holds the phone.
 */
import type { Clock } from "../clock.ts";
import type { Ear, Voice } from "../voice/voice.ts";
import type { Moment, Party, Seat } from "./conversation.ts";
import type { Ringing, Subscriber } from "./exchange.ts";
import { loud } from "./frame.ts";
import { asks, say, type Tongue, tongueOf, topicOf } from "./manners.ts";
import { type Persona, personaOf } from "./persona.ts";
import { Turns } from "./turns.ts";

/** How long it takes to reach the phone. */
const pickUpMs = 1_500;
/** After picking up, a person who hears nothing says hello; later, one who hears nothing hangs up. */
const helloMs = 4_000;
const lonelyMs = 45_000;
/** Nobody answers questions for ever: after this many turns a person says goodbye. */
const patienceTurns = 60;

export interface Reply {
  readonly words: string;
  /** The person hangs up after these words. */
  readonly last: boolean;
}

/** What a person says to what it hears: rules alone, or a script of utterances said one after the other. */
export class Mind {
  readonly #persona: Persona;
  readonly #script: string[] | undefined;
  #tongue: Tongue;
  #turns = 0;

  constructor(persona: Persona, { script, tongue = "en" }: { script?: readonly string[]; tongue?: Tongue } = {}) {
    this.#persona = persona;
    this.#script = script ? [...script] : undefined;
    this.#tongue = tongue;
  }

  /** What to say to a finished turn of the other side; empty words mean that it only made sounds. */
  reply(heard: string): Reply {
    this.#tongue = tongueOf(heard) ?? this.#tongue;
    this.#turns++;
    const topic = topicOf(heard);
    if ((topic === "goodbye" && !asks(heard)) || this.#turns > patienceTurns) return { words: this.#say("goodbye"), last: true };
    if (this.#script) return { words: this.#script.shift() ?? this.#say("goodbye"), last: this.#script.length === 0 };
    if (heard === "") return { words: this.#say("deaf"), last: this.#turns > 3 };
    // "Thank you. What is your name?": the question counts, not what leads up to it.
    const asked = asks(heard) ? (topicOf(lastQuestion(heard)) ?? topic ?? "unknown") : (topic ?? "nothing");
    return { words: this.#say(asked), last: false };
  }

  hello(): string {
    return this.#say("hello");
  }

  #say(what: Parameters<typeof say>[2]): string {
    return say(this.#persona, this.#tongue, what);
  }
}

function lastQuestion(heard: string): string {
  return heard.split(/(?<=[.!?。！？])\s*/u).findLast((sentence) => asks(sentence)) ?? heard;
}

export interface PersonArgs {
  readonly number: string;
  readonly voice: Voice;
  readonly clock: Clock;
  /** Other seeds, other people at the same number. */
  readonly seed?: number;
  /** Says these, one a turn, instead of answering. */
  readonly script?: readonly string[];
  /** Speaks as soon as it hears somebody, without letting them finish. */
  readonly impatient?: boolean;
}

/** The person at `number`, ready to be called. */
export function person(args: PersonArgs): Subscriber {
  return {
    ring(call) {
      const cancel = args.clock.after(pickUpMs, () => new PersonOnPhone(args, call));
      call.stopped(cancel);
    },
  };
}

class PersonOnPhone implements Party {
  readonly #args: PersonArgs;
  readonly #mind: Mind;
  readonly #ear: Ear;
  readonly #turns = new Turns();
  readonly #seat: Seat;
  #met = false;
  #leaving = false;

  constructor(args: PersonArgs, call: Ringing) {
    this.#args = args;
    this.#mind = new Mind(personaOf(args.number, args.seed), args.script ? { script: args.script } : {});
    this.#ear = args.voice.ear();
    this.#seat = call.answer(this);
  }

  moment({ heard }: Moment): void {
    const words = this.#ear.hear(heard.pcm);
    const turn = this.#turns.hear(loud(heard), words);
    if (this.#seat.waitingMs > 0) return;
    if (this.#leaving || this.#turns.quietMs >= lonelyMs) {
      this.#leave();
      return;
    }
    if (turn) {
      this.#speak(this.#mind.reply(turn.words));
      return;
    }
    if (this.#turns.speaking) {
      this.#met = true;
      if (this.#args.impatient) this.#speak(this.#mind.reply(this.#ear.unfinished));
    } else if (!this.#met && this.#turns.quietMs >= helloMs) this.#speak({ words: this.#mind.hello(), last: false });
  }

  ended(): void {
    this.#ear.close();
  }

  #speak({ words, last }: Reply): void {
    this.#met = true;
    this.#leaving = last;
    this.#turns.forget();
    this.#seat.speak(this.#args.voice.speak(words));
  }

  #leave(): void {
    this.#ear.close();
    this.#seat.leave();
  }
}
