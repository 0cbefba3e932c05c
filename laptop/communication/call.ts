/**
 * One call as Call Automation controls it: who takes part, what the app has been told, and how it ends. Its sound is in call-media.ts.
 * The app itself is a member of the conversation: it hears every moment, and speaks through its seat.
 */
import type { Clock } from "../clock.ts";
import type { Digit, Ending, Moment, Party, Seat } from "../telephone/conversation.ts";
import type { Exchange } from "../telephone/exchange.ts";
import { holdMusic, looped } from "../telephone/hold-music.ts";
import { CallMedia } from "./call-media.ts";
import type { Callbacks } from "./callbacks.ts";
import { badRequest, notConnected, type ResultInformation, resultOf, succeeded } from "./failures.ts";
import { type PhoneNumberModel, phoneNumberModel, type Random, uuid } from "./identifiers.ts";
import { type PromptArgs, PromptFailure, promptSound } from "./prompt.ts";
import type { Recording } from "./recording.ts";
import type { MediaStreamingOptions, Overridable, PlaySource } from "./requests.ts";

export interface CallArgs {
  readonly clock: Clock;
  readonly random: Random;
  readonly exchange: Exchange;
  readonly callbacks: Callbacks;
  readonly prompts: PromptArgs;
  /** A token for a media socket's upgrade request. */
  readonly token: () => Promise<string>;
  readonly ids: CallIds;
  readonly callbackUri: string;
  readonly operationContext: string | undefined;
  readonly mediaStreamingOptions: MediaStreamingOptions | undefined;
  /** The resource's own number in this call. */
  readonly number: string;
  readonly caller: string;
  readonly callee: string;
  /** Called once when the call is over for the app. */
  readonly onEnd: (call: Call) => void;
}

export interface CallIds {
  readonly callConnectionId: string;
  readonly serverCallId: string;
  readonly correlationId: string;
}

const notThere: ResultInformation = { code: 404, subCode: 8522, message: "The participant does not take part in this call." };

type State = "connecting" | "connected" | "transferring" | "disconnected";
const nothing = (): void => undefined;

export class Call implements Party {
  readonly args: CallArgs;
  readonly ids: CallIds;
  readonly media: CallMedia;
  readonly recordings = new Set<Recording>();
  state: State = "connecting";
  #seat: Seat | undefined;
  #participants: readonly string[] = [];
  #sequence = 0;
  /** Open invitations of `addParticipant`, by id. */
  readonly #invitations = new Map<string, () => void>();

  constructor(args: CallArgs) {
    this.args = args;
    this.ids = args.ids;
    this.media = new CallMedia(this);
  }

  /** What `getCallConnectionProperties` answers. */
  properties(): Record<string, unknown> {
    const { caller, callee, number, callbackUri } = this.args;
    return {
      ...this.ids,
      source: phoneNumberModel(caller),
      targets: [phoneNumberModel(callee)],
      callConnectionState: this.state,
      callbackUri,
      ...(caller === number ? { sourceCallerIdNumber: { value: number } } : { answeredFor: { value: number } }),
      ...this.media.properties(),
    };
  }

  /** Participants without the app, as the service lists them. */
  participants(): { identifier: PhoneNumberModel; isMuted: boolean; isOnHold: boolean }[] {
    return this.others().map((number) => ({
      identifier: phoneNumberModel(number),
      isMuted: false,
      isOnHold: this.#seat?.conversation.isHeld(number) ?? false,
    }));
  }

  others(): readonly string[] {
    return this.#participants.filter((number) => number !== this.args.number);
  }

  /** The call goes through: tells the app, and opens its sound if it asked for that. */
  connected(seat: Seat): void {
    this.#seat = seat;
    this.state = "connected";
    this.emit("CallConnected", { resultInformation: succeeded });
    this.#emitParticipants();
    if (this.args.mediaStreamingOptions?.startMediaStreaming) this.media.startStreaming({});
  }

  /** An outgoing call that nobody took. */
  failed(ending: Ending): void {
    if (this.state === "disconnected") return;
    this.emit("CreateCallFailed", { resultInformation: resultOf(ending) });
    this.#close();
  }

  /** A seat to speak from; throws the service's refusal while there is none. */
  get seat(): Seat {
    if (!this.#seat || this.state === "disconnected") throw notConnected();
    return this.#seat;
  }

  moment(moment: Moment): void {
    this.media.moment(moment);
    for (const recording of this.recordings) recording.moment(moment);
  }

  digit(digit: Digit): void {
    this.media.digit(digit);
  }

  members(numbers: readonly string[]): void {
    this.#participants = numbers;
    if (this.#seat && this.state !== "disconnected") this.#emitParticipants();
  }

  ended(ending: Ending): void {
    if (this.state === "connecting") this.failed(ending);
    else this.#disconnect(ending);
  }

  /** The app leaves; the others go on if there are two of them. */
  hangUp(): void {
    this.#leave();
    this.#disconnect("hung up");
  }

  /** Ends the call for everybody. */
  terminate(): void {
    const conversation = this.#seat?.conversation;
    this.#leave();
    conversation?.end();
    this.#disconnect("hung up");
  }

  /** While it rings: what gives up. Replaced by the seat's own leaving once connected. */
  giveUp: () => void = nothing;

  /** Hands the other party over: when the target picks up, the app leaves. */
  transfer(target: string, transferee: string | undefined, options: Overridable): void {
    const { conversation } = this.seat;
    const moved = transferee ?? this.others()[0];
    if (!moved || !this.others().includes(moved)) throw badRequest("The transferee does not take part in this call.");
    this.state = "transferring";
    this.args.exchange.invite(conversation, this.args.number, target, {
      answered: () => {
        const data = { transferTarget: phoneNumberModel(target), transferee: phoneNumberModel(moved) };
        this.emit("CallTransferAccepted", { resultInformation: succeeded, ...data }, options);
        // The target takes its seat first.
        this.args.clock.after(0, () => this.hangUp());
      },
      failed: (ending) => {
        if (this.state !== "transferring") return;
        this.state = "connected";
        this.emit("CallTransferFailed", { resultInformation: resultOf(ending) }, options);
      },
    });
  }

  /** Invites one more; the answer's invitation id can take it back while it rings. */
  addParticipant(number: string, from: string, timeoutSeconds: number | undefined, options: Overridable): string {
    const invitationId = uuid(this.args.random);
    const participant = phoneNumberModel(number);
    let giveUp: () => void = nothing;
    let cancelTimeout: () => void = nothing;
    const over = (type: string, resultInformation: ResultInformation): void => {
      if (!this.#invitations.delete(invitationId)) return;
      cancelTimeout();
      this.emit(type, { participant, resultInformation }, options);
    };
    this.#invitations.set(invitationId, () => {
      giveUp();
      cancelTimeout();
    });
    giveUp = this.args.exchange.invite(this.seat.conversation, from, number, {
      answered: () => over("AddParticipantSucceeded", succeeded),
      failed: (ending) => over("AddParticipantFailed", resultOf(ending)),
    });
    // A phone may have picked up already.
    if (timeoutSeconds && this.#invitations.has(invitationId))
      cancelTimeout = this.args.clock.after(timeoutSeconds * 1_000, () => {
        giveUp();
        over("AddParticipantFailed", resultOf("no answer"));
      });
    return invitationId;
  }

  cancelAddParticipant(invitationId: string, options: Overridable): void {
    const giveUp = this.#invitations.get(invitationId);
    this.#invitations.delete(invitationId);
    giveUp?.();
    if (giveUp) this.emit("CancelAddParticipantSucceeded", { invitationId, resultInformation: succeeded }, options);
    else {
      const resultInformation = { code: 400, subCode: 8556, message: "The invitation is unknown, answered or over." };
      this.emit("CancelAddParticipantFailed", { invitationId, resultInformation }, options);
    }
  }

  removeParticipant(number: string, options: Overridable): void {
    const { conversation } = this.seat;
    const participant = phoneNumberModel(number);
    if (!this.others().includes(number)) {
      this.emit("RemoveParticipantFailed", { participant, resultInformation: notThere }, options);
      return;
    }
    this.emit("RemoveParticipantSucceeded", { participant, resultInformation: succeeded }, options);
    conversation.disconnect(number);
  }

  /**
   * The participant hears music, or `sources` over and over, and nobody hears them, until `unhold`. Its failure is told by HoldFailed; its
   * success, as in the service, by nothing but the list of participants.
   */
  async hold(number: string, sources: readonly PlaySource[], options: Overridable): Promise<void> {
    const { conversation } = this.seat;
    try {
      const [sound] = await promptSound(sources, this.args.prompts);
      const held = this.others().includes(number) && conversation.hold(number, sound ? looped(sound) : holdMusic());
      if (held) this.#emitParticipants();
      else this.emit("HoldFailed", { resultInformation: notThere }, options);
    } catch (error) {
      if (!(error instanceof PromptFailure)) throw error;
      this.emit("HoldFailed", { resultInformation: error.result }, options);
    }
  }

  unhold(number: string): void {
    const { conversation } = this.seat;
    if (!conversation.isHeld(number)) throw badRequest("The participant is not on hold.");
    conversation.unhold(number);
    this.#emitParticipants();
  }

  /** Queues a callback; an operation may send its own elsewhere. */
  emit(type: string, data: Readonly<Record<string, unknown>>, options: Overridable = {}, url?: string): void {
    const operationContext = options.operationContext ?? (url ? undefined : this.args.operationContext);
    this.args.callbacks.send(url ?? options.operationCallbackUri ?? this.args.callbackUri, {
      id: uuid(this.args.random),
      type,
      subject: `calling/callConnections/${this.ids.callConnectionId}`,
      data: {
        version: "2026-03-12",
        ...data,
        ...this.ids,
        ...(operationContext === undefined ? {} : { operationContext }),
        publicEventType: `Microsoft.Communication.${type}`,
      },
    });
  }

  #emitParticipants(): void {
    const data = { participants: this.participants(), sequenceNumber: ++this.#sequence, resultInformation: succeeded };
    this.emit("ParticipantsUpdated", data);
  }

  #leave(): void {
    if (this.#seat) this.#seat.leave();
    else this.giveUp();
  }

  #disconnect(ending: Ending): void {
    if (this.state === "disconnected") return;
    const before = this.state;
    this.#close();
    this.emit("CallDisconnected", { resultInformation: resultOf(before === "connecting" ? "cancelled" : ending) });
  }

  #close(): void {
    this.state = "disconnected";
    for (const giveUp of this.#invitations.values()) giveUp();
    this.#invitations.clear();
    this.media.close();
    this.args.onEnd(this);
  }
}
