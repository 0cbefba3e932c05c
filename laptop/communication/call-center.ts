/** The calls of one communication resource, and its numbers on the telephone network. */
import type { Seat } from "../telephone/conversation.ts";
import type { Ringing, Subscriber, TextMessage } from "../telephone/exchange.ts";
import { Call, type CallIds } from "./call.ts";
import { Callbacks } from "./callbacks.ts";
import type { CommunicationArgs } from "./communication.ts";
import { badRequest, callNotFound } from "./failures.ts";
import { phoneNumberModel, rawId, uuid } from "./identifiers.ts";
import { Recordings } from "./recordings.ts";
import type { CreateRequest, MediaStreamingOptions } from "./requests.ts";
import { publishReceived } from "./sms.ts";

/** An incoming call can be answered while it rings; its context is valid a little longer than any phone rings. */
const contextLifetimeMs = 60_000;
/** Contexts remembered after that, so that a late answer is told why. */
const keptContexts = 1_000;

interface Incoming {
  readonly ids: CallIds;
  readonly ringing: Ringing;
  readonly expiresAtMs: number;
  state: "ringing" | "taken" | "over";
}

export interface AnswerArgs {
  readonly callbackUri: string;
  readonly operationContext?: string | undefined;
  readonly mediaStreamingOptions?: MediaStreamingOptions | undefined;
  readonly callIntelligenceOptions?: { readonly cognitiveServicesEndpoint?: string | undefined } | undefined;
}

export class CallCenter {
  readonly args: CommunicationArgs;
  readonly numbers = new Set<string>();
  readonly recordings: Recordings;
  readonly #calls = new Map<string, Call>();
  readonly #incoming = new Map<string, Incoming>();
  readonly #unregister: (() => void)[] = [];

  constructor(args: CommunicationArgs) {
    this.args = args;
    this.recordings = new Recordings(args, () => this.#calls.values());
    this.#unregister.push(args.exchange.streams((number) => this.#tearOff(number)));
  }

  addNumber(number: string): () => void {
    const subscriber: Subscriber = { ring: (ringing) => this.#ring(ringing), text: (message) => this.#text(message) };
    const unregister = this.args.exchange.register(number, subscriber);
    this.numbers.add(number);
    const release = (): void => {
      unregister();
      this.numbers.delete(number);
    };
    this.#unregister.push(release);
    return release;
  }

  /** The live call; throws the service's 404 for any other id. */
  call(callConnectionId: string): Call {
    const call = this.#calls.get(callConnectionId);
    if (!call) throw callNotFound();
    return call;
  }

  answer(context: string, request: AnswerArgs): Call {
    const incoming = this.#take(context);
    const { from, to } = incoming.ringing;
    const call = this.#open(incoming.ids, request, { number: to, caller: from, callee: to });
    const seat = incoming.ringing.answer(call);
    this.#soon(() => call.connected(seat));
    return call;
  }

  reject(context: string): void {
    this.#take(context).ringing.refuse("declined");
  }

  /** Lets another number ring instead; the caller and it are then connected without the app. */
  redirect(context: string, target: string): void {
    const { ringing } = this.#take(context);
    const waiting: { seat?: Seat } = {};
    const pass = this.args.exchange.dial(ringing.from, target, {
      answered: () => {
        waiting.seat = ringing.answer({
          moment: ({ heard }) => void pass.speak(heard.pcm),
          digit: (digit) => pass.press(digit),
          ended: () => pass.leave(),
        });
      },
      moment: ({ heard }) => void waiting.seat?.speak(heard.pcm),
      ended: () => (waiting.seat ? waiting.seat.leave() : ringing.refuse("busy")),
    });
    ringing.stopped(() => pass.leave());
  }

  create(request: CreateRequest): Call {
    const from = request.sourceCallerIdNumber.value;
    this.#requireOwn(from);
    const to = request.targets[0]!;
    const ids = this.#ids();
    const call = this.#open(ids, request, { number: from, caller: from, callee: to });
    // Before it rings, the app must know its call: the answer leaves first.
    this.#soon(() => {
      if (call.state !== "connecting") return;
      const seat = this.args.exchange.dial(from, to, {
        moment: (moment) => call.moment(moment),
        digit: (digit) => call.digit(digit),
        members: (numbers) => call.members(numbers),
        ended: (ending) => call.ended(ending),
        answered: (own) => call.connected(own),
      });
      call.giveUp = () => seat.leave();
    });
    return call;
  }

  requireOwnNumber(number: string): void {
    this.#requireOwn(number);
  }

  close(): void {
    for (const release of this.#unregister) release();
    for (const call of [...this.#calls.values()]) {
      call.args.callbacks.close();
      call.terminate();
    }
  }

  #tearOff(number: string): boolean {
    return [...this.#calls.values()].some((each) => each.others().includes(number) && each.media.tearOff());
  }

  #requireOwn(number: string): void {
    if (!this.numbers.has(number))
      throw badRequest("sourceCallerIdNumber: must be a phone number that this Communication Services resource owns.");
  }

  #ring(ringing: Ringing): void {
    const ids = this.#ids();
    const expiresAtMs = this.args.clock.nowMs() + contextLifetimeMs;
    const incoming: Incoming = { ids, ringing, expiresAtMs, state: "ringing" };
    ringing.stopped(() => {
      if (incoming.state === "ringing") incoming.state = "over";
    });
    const context = [
      { alg: "none", typ: "JWT" },
      { cid: ids.serverCallId, exp: Math.floor(expiresAtMs / 1_000), jti: uuid(this.args.random) },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    this.#incoming.set(`${context}.`, incoming);
    if (this.#incoming.size > keptContexts) this.#incoming.delete(this.#incoming.keys().next().value!);
    void this.args.publish({
      type: "Microsoft.Communication.IncomingCall",
      subject: `/caller/${rawId(ringing.from)}/recipient/${rawId(ringing.to)}`,
      data: {
        to: phoneNumberModel(ringing.to),
        from: phoneNumberModel(ringing.from),
        serverCallId: ids.serverCallId,
        callerDisplayName: "",
        incomingCallContext: `${context}.`,
        correlationId: ids.correlationId,
      },
    });
  }

  #text(message: TextMessage): void {
    publishReceived(this.args, message);
  }

  #take(context: string): Incoming {
    const incoming = this.#incoming.get(context);
    if (!incoming) throw badRequest("incomingCallContext: is not one that this resource gave out.");
    if (incoming.expiresAtMs < this.args.clock.nowMs())
      throw badRequest(
        "IDX23010: Lifetime validation of the signed http request failed. The incoming call is too old to be acted on.",
      );
    if (incoming.state === "taken") throw badRequest("The incoming call has already been answered, rejected or redirected.");
    if (incoming.state === "over") throw callNotFound();
    incoming.state = "taken";
    return incoming;
  }

  #ids(): CallIds {
    const { random } = this.args;
    const serverCallId = Buffer.from(`https://localhost/api/v2/cp/conv/${uuid(random)}`).toString("base64");
    return { callConnectionId: uuid(random), serverCallId, correlationId: uuid(random) };
  }

  #open(ids: CallIds, request: AnswerArgs, numbers: { number: string; caller: string; callee: string }): Call {
    const { clock, random, exchange, authority, immutableResourceId, voice } = this.args;
    const token = () => authority.sign({ audience: immutableResourceId });
    const http = this.args.fetch ?? fetch;
    const call = new Call({
      clock,
      random,
      exchange,
      callbacks: new Callbacks({ clock, token, fetch: http }),
      prompts: { fetch: http, voice: request.callIntelligenceOptions?.cognitiveServicesEndpoint ? voice : undefined },
      token,
      ids,
      callbackUri: request.callbackUri,
      operationContext: request.operationContext,
      mediaStreamingOptions: request.mediaStreamingOptions,
      ...numbers,
      onEnd: (ended) => this.#ended(ended),
    });
    this.#calls.set(ids.callConnectionId, call);
    return call;
  }

  #ended(call: Call): void {
    this.#calls.delete(call.ids.callConnectionId);
    this.recordings.callEnded(call);
  }

  /** After the answer to the request that is being handled. */
  #soon(act: () => void): void {
    this.args.clock.after(0, act);
  }
}
