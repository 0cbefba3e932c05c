/**
 * A call that Twilio carries: its sound over Twilio's WebSockets to us, hang-up and transfer through its API. The phone outlives a socket: while
 * Twilio still has the call, another one is waited for.
 */
import type { WebSocket } from "ws";
import { inProgress } from "../../calls/conclude.ts";
import type { CallStore } from "../../calls/store.ts";
import type { Carrier } from "../../services/carrier.ts";
import type { Audio } from "../audio.ts";
import type { Clock } from "../clock.ts";
import { askForLine } from "./line-question.ts";
import type { Admission, MediaRoute, SocketTelephone } from "./media-route.ts";
import { Narrowband } from "./narrowband.ts";
import type { TelephoneEvent } from "./telephone.ts";
import { type TwilioDoor, twilioDoor } from "./twilio-door.ts";
import type { StreamEvent, TwilioStream } from "./twilio-stream.ts";

type TwilioCarrier = Pick<Carrier, "hangUp" | "transfer" | "state">;

export interface TwilioCall {
  readonly admission: Admission;
  readonly carrier: TwilioCarrier;
  readonly store: Pick<CallStore, "get">;
  readonly clock: Clock;
  /** The stream of a socket that was proven. */
  readonly streamOf: (socket: WebSocket) => TwilioStream | undefined;
}

/** A network that is late still plays the last words; one later than this is not waited for. */
const lastWordsMs = 2_000;

/** The sockets of Twilio's media streams. */
export function twilioMedia(services: TwilioDoor & { readonly carrier: TwilioCarrier }): MediaRoute {
  const { path, admit, prove, streamOf } = twilioDoor(services);
  return { path, admit, prove, telephone: (admission) => new TwilioTelephone({ ...services, admission, streamOf }) };
}

export class TwilioTelephone implements SocketTelephone {
  readonly #services: Omit<TwilioCall, "admission">;
  readonly #narrowband = new Narrowband();
  #admission: Admission;
  #stream: TwilioStream | undefined;
  #report: ((event: TelephoneEvent) => void) | undefined;
  #interrupted = false;
  #over = false;
  /** We have told Twilio to do something else with the caller: it ends the stream, and the call goes on. */
  #leaving: "no" | "hanging up" | "transferring" = "no";
  /** Numbers of the last mark sent and the last that came back: what lies between is not played yet. */
  #marked = 0;
  #played = 0;
  #whenPlayed: (() => void)[] = [];
  #cancelWait: () => void = () => undefined;

  constructor({ admission, ...services }: TwilioCall) {
    this.#admission = admission;
    this.#services = services;
  }

  listen(report: (event: TelephoneEvent) => void): void {
    this.#report = report;
    if (this.#stream) this.#follow(this.#stream);
  }

  attach(socket: WebSocket, admission: Admission): boolean {
    const stream = this.#services.streamOf(socket);
    if (this.#over || !stream) return false;
    this.#admission = admission;
    this.#leaving = "no";
    this.#cancelWait();
    if (this.#stream) {
      this.#stream.close();
      this.#interrupt();
    }
    this.#stream = stream;
    if (this.#interrupted) this.#report?.({ kind: "resumed" });
    this.#interrupted = false;
    if (this.#report) this.#follow(stream);
    return true;
  }

  play(audio: Audio): void {
    const payload = this.#narrowband.said(audio);
    if (!this.#stream || payload.length === 0) return;
    this.#stream.play(payload);
    this.#stream.mark(String(++this.#marked));
  }

  stop(): void {
    this.#stream?.clear();
    this.#forget();
  }

  async hangUp(): Promise<void> {
    await this.#lastWords();
    this.#leaving = "hanging up";
    await this.#services.carrier.hangUp(await this.#connectionId());
    // Twilio ends the stream of a call that ends; without any there is nothing to wait for.
    if (!this.#stream) this.#end();
  }

  async transfer(to: string): Promise<void> {
    await this.#lastWords();
    this.#leaving = "transferring";
    try {
      await this.#services.carrier.transfer(await this.#connectionId(), to, this.#admission.call.call_id);
    } catch (error) {
      this.#leaving = "no";
      throw error;
    }
  }

  close(): void {
    this.#over = true;
    this.#report = () => undefined;
    this.#cancelWait();
    this.#forget();
    this.#stream?.close();
    this.#stream = undefined;
  }

  #follow(stream: TwilioStream): void {
    stream.listen((event) => {
      if (this.#stream === stream) this.#heard(event);
    });
  }

  #heard(event: StreamEvent): void {
    switch (event.kind) {
      case "media": {
        const audio = this.#narrowband.heard(event.payload);
        if (audio) this.#report?.({ kind: "audio", audio });
        return;
      }
      case "digit":
        this.#report?.(event);
        return;
      case "mark":
        this.#hasPlayed(Number(event.name));
        return;
      case "stop":
        // Twilio ends a stream by itself only when the call ends.
        if (this.#leaving !== "transferring") this.#end();
        return;
      case "lost":
        this.#stream = undefined;
        if (this.#leaving === "hanging up") this.#end();
        else this.#lose();
    }
  }

  #lose(): void {
    this.#interrupt();
    this.#cancelWait = askForLine(
      this.#services.clock,
      () => this.#standing(),
      () => this.#end(),
    );
  }

  #interrupt(): void {
    this.#forget();
    if (!this.#interrupted) this.#report?.({ kind: "interrupted" });
    this.#interrupted = true;
  }

  /** Gone is also a call whose sound another bridge has by now. */
  async #standing(): Promise<"connected" | "gone"> {
    const { store, carrier } = this.#services;
    const { call, opening } = this.#admission;
    const record = await store.get(call.call_id);
    if (record?.media_used && record.media_used.token_sha256 !== opening) return "gone";
    if (record && !(await inProgress(store, record))) return "gone";
    return carrier.state(await this.#connectionId());
  }

  #end(): void {
    if (this.#over) return;
    const report = this.#report;
    this.close();
    report?.({ kind: "closed" });
  }

  #hasPlayed(mark: number): void {
    if (!(mark > this.#played && mark <= this.#marked)) return;
    this.#played = mark;
    if (this.#played === this.#marked) for (const tell of this.#whenPlayed.splice(0)) tell();
  }

  /** What was not played is not going to be. */
  #forget(): void {
    this.#narrowband.cut();
    this.#hasPlayed(this.#marked);
  }

  /** Waits for the marks: the call reckons with a network that plays at once, and a goodbye that is late must not be cut off. */
  #lastWords(): Promise<void> {
    if (this.#played === this.#marked) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#services.clock.after(lastWordsMs, resolve);
      this.#whenPlayed.push(() => {
        cancel();
        resolve();
      });
    });
  }

  async #connectionId(): Promise<string> {
    const { connectionId, call } = this.#admission;
    const id = connectionId ?? (await this.#services.store.get(call.call_id))?.connection_id;
    if (!id) throw new Error("The call's SID is not known.");
    return id;
  }
}
