/**
 * Everybody who is connected with each other: two in a call, three while a colleague joins. The network is its clock: every 20 ms each
 * member hears one frame, whatever the others sent and however fast they sent it.
 */
import type { Clock } from "../clock.ts";
import { type Frame, frameMs, mix, silence } from "./frame.ts";
import { JitterBuffer } from "./jitter-buffer.ts";
import { every } from "./pace.ts";

export type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "*" | "#" | "A" | "B" | "C" | "D";
const digits = "0123456789*#ABCD";
export function isDigit(text: unknown): text is Digit {
  return typeof text === "string" && text.length === 1 && digits.includes(text);
}

/** Why a connection is over, or never came about. */
export type Ending = "hung up" | "busy" | "no answer" | "declined" | "cancelled" | "unreachable";

/** One 20 ms of a conversation as one member hears it. */
export interface Moment {
  /** All the others, mixed. */
  readonly heard: Frame;
  /** The others one by one, by number. */
  readonly voices: readonly { readonly number: string; readonly frame: Frame }[];
  /** What of the member's own sound was played to the others now. */
  readonly spoken: Frame;
}

/** A member, as the network tells it what happens. */
export interface Party {
  moment?(moment: Moment): void;
  digit?(digit: Digit, from: string): void;
  /** Who is in the conversation changed; the numbers of everybody, oneself included. */
  members?(numbers: readonly string[]): void;
  /** The member is no longer connected, for whatever reason but its own leaving. */
  ended(ending: Ending): void;
}

/** A member's own place: how it speaks and leaves. */
export interface Seat {
  readonly conversation: Conversation;
  readonly number: string;
  /** Sound to be played to the others in real time, after what is already waiting. False when too much waits. */
  speak(pcm: Int16Array): boolean;
  /** Forgets what was not played yet. */
  hush(): void;
  /** How much sound still waits to be played. */
  readonly waitingMs: number;
  press(digit: Digit): void;
  leave(): void;
}

interface Member {
  readonly number: string;
  readonly party: Party;
  readonly buffer: JitterBuffer;
  /** What a member on hold hears in place of the conversation. */
  music?: (() => Frame) | undefined;
}

export class Conversation {
  readonly #clock: Clock;
  readonly #members = new Set<Member>();
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get numbers(): readonly string[] {
    return [...this.#members].map((each) => each.number);
  }

  /** Adds a member; from the second on, time runs. */
  join(number: string, party: Party): Seat {
    const member: Member = { number, party, buffer: new JitterBuffer() };
    this.#members.add(member);
    if (this.#members.size > 1) this.#stop ??= every(this.#clock, frameMs, () => this.#moment());
    this.#tellMembers();
    return {
      conversation: this,
      number,
      speak: (pcm) => this.#members.has(member) && member.buffer.write(pcm),
      hush: () => member.buffer.clear(),
      get waitingMs() {
        return member.buffer.queuedMs;
      },
      press: (digit) => {
        for (const other of member.music ? [] : this.#others(member)) other.party.digit?.(digit, number);
      },
      leave: () => this.#remove(member),
    };
  }

  /** Disconnects a member, as a host may. False when no such number is connected. */
  disconnect(number: string): boolean {
    const member = [...this.#members].find((each) => each.number === number);
    if (!member) return false;
    this.#remove(member);
    member.party.ended("hung up");
    return true;
  }

  /** A member who hears `music`, frame by frame, and is neither heard nor felt on the keypad. False when no such number is connected. */
  hold(number: string, music: () => Frame): boolean {
    return this.#setMusic(number, music);
  }

  unhold(number: string): boolean {
    return this.#setMusic(number, undefined);
  }

  isHeld(number: string): boolean {
    return [...this.#members].some((each) => each.number === number && each.music !== undefined);
  }

  /** Ends the conversation for everybody. */
  end(): void {
    const members = [...this.#members];
    this.#members.clear();
    this.#halt();
    for (const member of members) member.party.ended("hung up");
  }

  #remove(member: Member): void {
    if (!this.#members.delete(member)) return;
    if (this.#members.size < 2) this.end();
    else this.#tellMembers();
  }

  #setMusic(number: string, music: (() => Frame) | undefined): boolean {
    const member = [...this.#members].find((each) => each.number === number);
    if (member) member.music = music;
    return member !== undefined;
  }

  #halt(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #tellMembers(): void {
    const numbers = this.numbers;
    for (const { party } of [...this.#members]) party.members?.(numbers);
  }

  #others(member: Member): Member[] {
    return [...this.#members].filter((each) => each !== member);
  }

  #moment(): void {
    const now = [...this.#members].map((member) => {
      const frame = member.buffer.read();
      return { member, frame: member.music ? silence : frame };
    });
    for (const { member, frame } of now) {
      // A member may have left because of what another just heard.
      if (!this.#members.has(member)) continue;
      if (member.music) {
        member.party.moment?.({ heard: member.music(), voices: [], spoken: silence });
        continue;
      }
      const voices = now
        .filter((each) => each.member !== member)
        .map((each) => ({ number: each.member.number, frame: each.frame }));
      member.party.moment?.({ heard: mix(voices.map((each) => each.frame)), voices, spoken: frame });
    }
  }
}
