/** One call as Twilio runs it: told by TwiML what to do, verb after verb, until there is nothing more or somebody hangs up. */
import type { Digit, Ending, Moment, Party, Seat } from "../telephone/conversation.ts";
import type { Exchange } from "../telephone/exchange.ts";
import { type CallFacts, CallReport, type CallStatus } from "./call-report.ts";
import { MediaStream } from "./media-stream.ts";
import { readTwiml, type Verb } from "./twiml.ts";
import type { Form } from "./webhooks.ts";

export interface CallArgs extends CallFacts {
  readonly exchange: Exchange;
  readonly authToken: string;
  readonly newSid: (prefix: "MZ") => string;
  readonly voice?: { speak(text: string): Int16Array } | undefined;
  /** Picks up an incoming call. */
  readonly answer?: (party: Party) => Seat;
  /** Does not. */
  readonly refuse?: (ending: "busy" | "declined") => void;
}

const statusOf: Readonly<Record<Ending, CallStatus>> = {
  "hung up": "completed",
  busy: "busy",
  declined: "busy",
  "no answer": "no-answer",
  cancelled: "canceled",
  unreachable: "failed",
};
/** Twilio gives a call up that is told to do something else this often without a second passing. */
const mostDocuments = 50;

export class Call implements Party {
  readonly args: CallArgs;
  readonly startedAtMs: number;
  readonly #report: CallReport;
  #seat: Seat | undefined;
  #stream: MediaStream | undefined;
  /** Gives up a phone that rings: the other party's, or the one the caller is handed over to. */
  #giveUp: () => void = () => undefined;
  /** Counts what the call was told to do: what was told before is left where it is. */
  #program = 0;
  #documents = 0;
  /** Called at the moment everything said has been played. */
  #silent: () => void = () => undefined;
  /** The person the caller was handed over to, and what to do when they leave. */
  #colleague: { readonly number: string; readonly left: () => void } | undefined;

  constructor(args: CallArgs) {
    this.args = args;
    this.#report = new CallReport(args);
    this.startedAtMs = args.clock.nowMs();
  }

  get status(): CallStatus {
    return this.#report.status;
  }

  get isOver(): boolean {
    return this.#report.isOver;
  }

  /** An incoming call: asks the app what to do with it. */
  async rings(voiceUrl: string): Promise<void> {
    await this.#fetched(voiceUrl, {}, this.#program);
  }

  /** An outgoing call: rings the other party, and does what `twiml` or the app's answer at `url` says once they pick up. */
  dial({ twiml, url, timeoutMs }: { twiml: string | undefined; url: string | undefined; timeoutMs: number }): void {
    const { exchange, clock, from, to } = this.args;
    this.#report.becomes("queued");
    const cancel = clock.after(timeoutMs, () => this.#finish("no-answer"));
    const seat = exchange.dial(from, to, {
      moment: (moment) => this.moment(moment),
      digit: (digit) => this.digit(digit),
      members: (numbers) => this.members(numbers),
      ended: (ending) => {
        cancel();
        this.ended(ending);
      },
      answered: (own) => {
        cancel();
        this.#seat = own;
        this.#report.becomes("in-progress");
        void (twiml === undefined ? this.#fetched(url ?? "", {}, this.#program) : this.#run(twiml, this.#program));
      },
    });
    // A phone may pick up, or be busy, before it was seen to ring.
    if (this.status !== "queued") return;
    this.#giveUp = () => {
      cancel();
      if (!this.#seat) seat.leave();
    };
    this.#report.becomes("ringing");
  }

  /** Leaves what it does and does this instead. */
  redirect({ twiml, url }: { twiml: string | undefined; url: string | undefined }): void {
    const program = ++this.#program;
    this.#stopVerb();
    void (twiml === undefined ? this.#fetched(url ?? "", {}, program) : this.#run(twiml, program));
  }

  /** Ends the call for everyone. */
  hangUp(): void {
    if (this.status !== "in-progress" && this.args.refuse) this.args.refuse("declined");
    this.#finish(this.status === "in-progress" ? "completed" : "canceled");
  }

  moment(moment: Moment): void {
    this.#stream?.moment(moment);
    if (this.#seat?.waitingMs === 0) this.#silent();
  }

  digit(digit: Digit): void {
    this.#stream?.digit(digit);
  }

  members(numbers: readonly string[]): void {
    if (this.#seat && !numbers.includes(this.#other)) this.#finish("completed");
    else if (this.#colleague && !numbers.includes(this.#colleague.number)) this.#colleague.left();
  }

  ended(ending: Ending): void {
    this.#finish(this.status === "in-progress" ? "completed" : statusOf[ending]);
  }

  get #other(): string {
    return this.args.direction === "inbound" ? this.args.from : this.args.to;
  }

  async #fetched(url: string, form: Form, program: number): Promise<void> {
    const twiml = await this.args.webhooks.ask(url, { ...this.#report.facts, ...form });
    if (program !== this.#program || this.isOver) return;
    // An app that does not answer: error 11200, and a call that nobody tells anything is hung up.
    if (twiml === undefined) this.#fail();
    else await this.#run(twiml, program);
  }

  async #run(twiml: string, program: number): Promise<void> {
    const current = (): boolean => program === this.#program && !this.isOver;
    try {
      if (++this.#documents > mostDocuments) throw new Error("too many documents");
      for (const verb of readTwiml(twiml)) {
        if (!current()) return;
        const next = await this.#do(verb);
        if (!current()) return;
        if (next) return await this.#fetched(next.url, next.form, program);
      }
      if (current()) this.hangUp();
    } catch {
      if (current()) this.#fail();
    }
  }

  /** One verb to its end; where to ask on, when it says so. */
  async #do(verb: Verb): Promise<{ url: string; form: Form } | undefined> {
    if (verb.name === "Reject") {
      this.args.refuse?.(verb.attributes.reason === "busy" ? "busy" : "declined");
      this.#finish(verb.attributes.reason === "busy" ? "busy" : "no-answer");
      return undefined;
    }
    if (verb.name === "Redirect") return { url: verb.text, form: {} };
    this.#pickUp();
    if (verb.name === "Hangup") this.hangUp();
    if (verb.name === "Pause") await this.#pass(Number(verb.attributes.length ?? 1) * 1_000);
    if (verb.name === "Say") await this.#say(verb.text);
    if (verb.name === "Connect") await this.#connect(verb);
    return verb.name === "Dial" ? this.#dial(verb) : undefined;
  }

  #pickUp(): void {
    if (this.#seat || !this.args.answer) return;
    this.#seat = this.args.answer(this);
    this.#report.becomes("in-progress");
  }

  #pass(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.args.clock.after(durationMs, resolve);
      this.#giveUp = () => {
        cancel();
        resolve();
      };
    });
  }

  async #say(text: string): Promise<void> {
    const sound = this.args.voice?.speak(text);
    if (!sound || !this.#seat?.speak(sound)) return;
    await new Promise<void>((resolve) => {
      this.#silent = this.#giveUp = resolve;
    });
    this.#silent = () => undefined;
  }

  /** Resolves when the stream has ended. */
  #connect({ children: [stream] }: Verb): Promise<void> {
    const seat = this.#seat;
    if (stream?.name !== "Stream" || !seat) throw new Error("Connect without a Stream");
    const { authToken, accountSid, sid, newSid } = this.args;
    const streamSid = newSid("MZ");
    const { url = "", statusCallback } = stream.attributes;
    const tell = (event: string, more: Form = {}) => {
      if (statusCallback) this.#report.stream(statusCallback, streamSid, event, more);
    };
    return new Promise((resolve) => {
      this.#stream = new MediaStream({
        url,
        parameters: Object.fromEntries(stream.children.map(({ attributes }) => [attributes.name ?? "", attributes.value ?? ""])),
        authToken,
        accountSid,
        callSid: sid,
        streamSid,
        seat,
        onOpen: () => tell("stream-started"),
        onEnd: (fault) => {
          this.#stream = undefined;
          if (fault === undefined) tell("stream-stopped");
          else tell("stream-error", { StreamError: `${fault} - Stream error` });
          resolve();
        },
      });
    });
  }

  /** Hands the caller over; resolves when the other has left, or did not come. */
  async #dial({ attributes, children, text }: Verb): Promise<{ url: string; form: Form } | undefined> {
    const seat = this.#seat;
    const number = children.find((each) => each.name === "Number")?.text ?? text;
    if (!seat || !number) throw new Error("Dial without a number");
    const outcome = await new Promise<CallStatus>((resolve) => {
      const cancel = this.args.clock.after(Number(attributes.timeout ?? 30) * 1_000, () => {
        giveUp();
        resolve("no-answer");
      });
      const giveUp = this.args.exchange.invite(seat.conversation, attributes.callerId ?? this.#other, number, {
        answered: () => {
          cancel();
          this.#colleague = { number, left: () => resolve("completed") };
        },
        failed: (ending) => {
          cancel();
          resolve(statusOf[ending]);
        },
      });
      this.#giveUp = () => {
        cancel();
        giveUp();
        resolve("canceled");
      };
    });
    this.#colleague = undefined;
    return attributes.action ? { url: attributes.action, form: { DialCallStatus: outcome } } : undefined;
  }

  #stopVerb(): void {
    this.#seat?.hush();
    this.#stream?.stop();
    const giveUp = this.#giveUp;
    this.#giveUp = () => undefined;
    giveUp();
  }

  #fail(): void {
    this.args.refuse?.("declined");
    this.#finish(this.#seat ? "completed" : "failed");
  }

  #finish(status: CallStatus): void {
    if (this.isOver) return;
    this.#report.becomes(status);
    this.#program++;
    this.#stopVerb();
    const conversation = this.#seat?.conversation;
    this.#seat?.leave();
    conversation?.end();
  }
}
