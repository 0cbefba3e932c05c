/**
 * A phone on a running laptop's line, held by a test: what its holder does, and what really came out of its loudspeaker, frame by frame.
 * Everything it waits for is something heard or shown; time is the number of frames that were played to it.
 */
import WebSocket from "ws";
import { frameMs, frameSamples, loud } from "../../laptop/telephone/frame.ts";
import type { Action, Sign } from "../../laptop/telephone/line-protocol.ts";
import { findLaptop } from "../../laptop/telephone/phone.ts";
import { Turns } from "../../laptop/telephone/turns.ts";
import { bytesFromPcm, pcmFromBytes } from "../../laptop/voice/sound.ts";
import type { RunningLaptop } from "./laptop.ts";
import { latenessMs } from "./lateness.ts";

/** Something that happened, and after how many frames of the call. */
export type Happening = Sign & { readonly frame: number };
type Kind = Sign["kind"];
type Shown<Wanted extends Kind> = Extract<Happening, { kind: Wanted }>;

/** Nobody waits for ever: what did not happen by then does not happen. */
const patienceMs = 90_000;

interface Wait {
  /** What was waited for, once it is there. */
  readonly look: () => unknown;
  readonly met: (value: unknown) => void;
}

export class Phone {
  readonly number: string;
  readonly happenings: Happening[] = [];
  /** For each frame of the present call whether anything could be heard in it. */
  readonly loud: boolean[] = [];
  /** When each frame came, in milliseconds of this process's own clock: what a busy machine adds. */
  readonly #cameMs: number[] = [];
  /** Turns of the other side in this call: their words, and the frame after which each was over. */
  readonly turns: { readonly words: string; readonly frame: number }[] = [];
  readonly #socket: WebSocket;
  #listening = new Turns();
  #words: string[] = [];
  #waits: Wait[] = [];
  /** Turns up to here have been answered. */
  #answered = 0;
  /** Own sound ends with this frame. */
  #spokenAt = 0;

  private constructor(number: string, socket: WebSocket) {
    this.number = number;
    this.#socket = socket;
    socket.on("message", (data, binary) => {
      if (binary) this.#hear(data as Buffer);
      else this.#see(JSON.parse(data.toString()) as Sign);
    });
    socket.on("close", () => this.#look());
  }

  /** Connects a phone under a number (E.164) nobody holds. */
  static async at(laptop: Pick<RunningLaptop, "home">, number: string): Promise<Phone> {
    const { board, lineToken } = await findLaptop(laptop.home);
    const url = new URL("/phone/line", board.replace(/^http/, "ws"));
    url.searchParams.set("number", number);
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${lineToken}` }, perMessageDeflate: false });
    const phone = new Phone(number, socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    await phone.until("the line", () => {
      const [sign] = phone.happenings;
      if (sign?.kind === "fault") throw new Error(sign.message);
      return sign?.kind === "ready";
    });
    return phone;
  }

  /** How many frames of 20 ms were heard in this call. */
  get frame(): number {
    return this.loud.length;
  }

  /** Everything the other side was heard to say in this call. */
  get heard(): string {
    return this.#shown("heard")
      .map(({ words }) => words)
      .join("\n");
  }

  /** How late the frames of this call came at most. */
  get lateMs(): number {
    return latenessMs(this.#cameMs);
  }

  /** How often sound broke off in the middle: what came too late to be played is lost on a telephone network. */
  get torn(): number {
    const sound = this.loud.map((each) => (each ? "#" : ".")).join("");
    return sound.match(/#\.{1,14}(?=#)/g)?.length ?? 0;
  }

  get inCall(): boolean {
    const last = this.happenings.findLast(({ kind }) => kind === "connected" || kind === "ended");
    return last?.kind === "connected";
  }

  /** Calls the system, or somebody else, and waits until they pick up. */
  async calls(to?: string): Promise<void> {
    // How the call before ended is over with.
    this.#newCall();
    this.does({ kind: "dial", ...(to ? { to } : {}) });
    await this.#connected();
  }

  /** Waits for its ringing and picks up. */
  async answers(): Promise<void> {
    await this.shows("rings");
    this.does({ kind: "answer" });
    await this.#connected();
  }

  /** Lets the other side finish, then speaks; resolves when it has been heard to the end. */
  async says(words: string): Promise<void> {
    await this.turn();
    await this.interrupts(words);
  }

  /** Speaks at once; resolves when it has been heard to the end. */
  async interrupts(words: string): Promise<void> {
    await this.begins(words);
    await this.#until(`having said "${words}"`, () => this.frame >= this.#spokenAt || !this.inCall);
    this.#answered = this.turns.length;
  }

  /** Begins to speak; resolves with the frame in which it began and how long it will take. */
  async begins(words: string): Promise<{ readonly frame: number; readonly durationMs: number }> {
    this.#answered = this.turns.length;
    const from = this.happenings.length;
    this.does({ kind: "say", words });
    const { frame, durationMs } = await this.shows("saying", from);
    this.#spokenAt = frame + Math.ceil(durationMs / frameMs);
    return { frame, durationMs };
  }

  /** A short loud noise that is no speech: 60 ms. */
  clicks(): void {
    const pcm = Int16Array.from({ length: 3 * frameSamples }, (_, at) => (Math.floor(at / 12) % 2 === 0 ? 20_000 : -20_000));
    this.#socket.send(bytesFromPcm(pcm));
  }

  /** Presses keys, one after the other. */
  presses(keys: string): void {
    this.#answered = this.turns.length;
    for (const digit of keys) this.does({ kind: "press", digit } as Action);
  }

  /** The other side's next finished turn, in words; nothing more than what was heard when the call ends first. */
  async turn(): Promise<string> {
    await this.#until("a turn of the other side", () => this.turns.length > this.#answered || !this.inCall);
    const words = this.turns
      .slice(this.#answered)
      .map((each) => each.words)
      .join(" ");
    return words;
  }

  /** Waits until words are heard that match, from the `from`th happening on. Fails when the call ends without them. */
  async hears(words: RegExp, from = 0): Promise<Shown<"heard">> {
    return this.#until(`hearing ${words}`, () => {
      const found = this.#shown("heard", from).find((each) => words.test(each.words));
      if (!found && !this.inCall) throw new Error(`${this.number} did not hear ${words}:\n${this.story}`);
      return found;
    });
  }

  /** Waits until the phone shows something of a kind, from the `from`th happening on. */
  async shows<Wanted extends Kind>(kind: Wanted, from = 0): Promise<Shown<Wanted>> {
    return this.#until(`"${kind}"`, () => this.#shown(kind, from)[0]);
  }

  /** Waits for something to be so, looked at with each frame and each sign. */
  async until<Value>(what: string, look: () => Value | undefined | false): Promise<Value> {
    return this.#until(what, look);
  }

  /** Waits until nobody is connected any more. */
  async ended(): Promise<void> {
    await this.#until("the end of the call", () => !this.inCall);
  }

  does(action: Action): void {
    this.#socket.send(JSON.stringify(action));
  }

  hangsUp(): void {
    this.does({ kind: "hang up" });
  }

  /** Puts the phone away; the number is free again. */
  close(): void {
    this.#socket.close();
  }

  /** What happened, for a person who reads why a test failed. */
  get story(): string {
    return this.happenings
      .map((each) => `${String(each.frame * frameMs).padStart(7)} ms ${JSON.stringify({ ...each, frame: undefined })}`)
      .join("\n");
  }

  async #connected(): Promise<void> {
    await this.#until("an answer", () => {
      const last = this.happenings.at(-1);
      if (last?.kind === "fault") throw new Error(`${this.number}: ${last.message}`);
      return this.inCall || last?.kind === "ended";
    });
  }

  #shown<Wanted extends Kind>(kind: Wanted, from = 0): Shown<Wanted>[] {
    return this.happenings.slice(from).filter((each): each is Shown<Wanted> => each.kind === kind);
  }

  #hear(data: Buffer): void {
    const isLoud = loud({ pcm: pcmFromBytes(data), silent: false });
    const words = this.#words;
    this.#words = [];
    this.loud.push(isLoud);
    this.#cameMs.push(performance.now());
    const turn = this.#listening.hear(isLoud, words);
    if (turn) this.turns.push({ words: turn.words, frame: this.frame });
    this.#look();
  }

  #see(sign: Sign): void {
    if (sign.kind === "calling" || sign.kind === "rings") this.#newCall();
    if (sign.kind === "heard") this.#words.push(sign.words);
    this.happenings.push({ ...sign, frame: this.frame });
    this.#look();
  }

  #newCall(): void {
    this.happenings.length = 0;
    this.loud.length = 0;
    this.#cameMs.length = 0;
    this.turns.length = 0;
    this.#listening = new Turns();
    this.#words = [];
    this.#answered = 0;
    this.#spokenAt = 0;
  }

  #until<Value>(what: string, look: () => Value | undefined | false): Promise<Value> {
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => {
        this.#waits = this.#waits.filter((each) => each !== wait);
        reject(new Error(`${this.number} waited in vain for ${what}:\n${this.story}`));
      }, patienceMs);
      const wait: Wait = {
        look: () => {
          try {
            return look();
          } catch (error) {
            clearTimeout(tooLong);
            reject(error as Error);
            return true;
          }
        },
        met: (value) => {
          clearTimeout(tooLong);
          resolve(value as Value);
        },
      };
      this.#waits.push(wait);
      this.#look();
    });
  }

  #look(): void {
    const waits = this.#waits;
    this.#waits = [];
    const open: Wait[] = [];
    for (const wait of waits) {
      const value = wait.look();
      if (value === undefined || value === false) open.push(wait);
      else wait.met(value);
    }
    this.#waits.push(...open);
  }
}
