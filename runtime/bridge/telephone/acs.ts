/**
 * A call that Call Automation carries: its sound over the service's WebSockets to us, everything else through its API. The phone outlives a
 * socket: while the service still has the call, another one is waited for.
 */
import type { WebSocket } from "ws";
import { inProgress } from "../../calls/conclude.ts";
import { phoneNumber } from "../../calls/phone-number.ts";
import type { CallStore } from "../../calls/store.ts";
import type { CallAutomation } from "../../services/call-automation.ts";
import type { Clock } from "../clock.ts";
import { playFrame, stopFrame } from "../frames.ts";
import { askForLine } from "./line-question.ts";
import { type MediaDoor, mediaDoor } from "./media-door.ts";
import type { Admission, MediaRoute, SocketTelephone } from "./media-route.ts";
import { type MediaSocket, openMediaSocket, type SocketEvent } from "./media-socket.ts";
import type { TelephoneEvent, WarmLine } from "./telephone.ts";

export type AcsAutomation = Pick<CallAutomation, "state" | "hangUp" | "transfer" | "hold" | "unhold" | "invite" | "dismiss">;

export interface AcsCall {
  readonly admission: Admission;
  readonly automation: AcsAutomation;
  readonly store: CallStore;
  readonly clock: Clock;
}

/** The sockets of Call Automation. */
export function acsMedia(services: MediaDoor & { readonly automation: AcsAutomation }): MediaRoute {
  return {
    path: /^\/media\/(?<callId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    admit: mediaDoor(services),
    telephone: (admission) => new AcsTelephone({ ...services, admission }),
  };
}

export class AcsTelephone implements SocketTelephone {
  readonly warm?: WarmLine;
  readonly #services: Omit<AcsCall, "admission">;
  readonly #invitations = new Map<string, string>();
  #admission: Admission;
  #media: MediaSocket | undefined;
  #report: (event: TelephoneEvent) => void = () => undefined;
  #interrupted = false;
  #hungUp = false;
  #over = false;
  #cancelWait: () => void = () => undefined;

  constructor({ admission, ...services }: AcsCall) {
    this.#admission = admission;
    this.#services = services;
    const { automation } = services;
    const caller = admission.call.phone_number;
    // Whoever withholds their number cannot be put on hold, which asks for it.
    if (!phoneNumber(caller)) return;
    this.warm = {
      hold: async () => automation.hold(await this.#connectionId(), caller),
      unhold: async () => automation.unhold(await this.#connectionId(), caller),
      invite: async (to) => {
        this.#invitations.set(to, await automation.invite(await this.#connectionId(), to));
      },
      dismiss: async (to) => automation.dismiss(await this.#connectionId(), to, this.#invitations.get(to)),
    };
  }

  listen(report: (event: TelephoneEvent) => void): void {
    this.#report = report;
  }

  attach(socket: WebSocket, admission: Admission): boolean {
    if (this.#over) return false;
    this.#admission = admission;
    this.#cancelWait();
    if (this.#media) {
      this.#media.close();
      this.#interrupt();
    }
    const media = openMediaSocket(socket, this.#services.clock, (event) => {
      if (this.#media === media) this.#heard(event);
    });
    this.#media = media;
    return true;
  }

  play(audio: Parameters<SocketTelephone["play"]>[0]): void {
    this.#media?.send(playFrame(audio));
  }

  stop(): void {
    this.#media?.send(stopFrame);
  }

  async hangUp(): Promise<void> {
    this.#hungUp = true;
    await this.#services.automation.hangUp(await this.#connectionId());
    // The service closes the sound of a call that ends; without any there is nothing to wait for.
    if (!this.#media) this.#end();
  }

  async transfer(to: string): Promise<void> {
    await this.#services.automation.transfer(await this.#connectionId(), to);
  }

  close(): void {
    this.#over = true;
    this.#report = () => undefined;
    this.#cancelWait();
    this.#media?.close();
    this.#media = undefined;
  }

  #heard(event: SocketEvent): void {
    switch (event.kind) {
      case "described":
        if (this.#interrupted) this.#report({ kind: "resumed" });
        this.#interrupted = false;
        return;
      case "lost":
        this.#media = undefined;
        if (this.#hungUp) this.#end();
        else this.#wait();
        return;
      default:
        this.#report(event);
    }
  }

  #interrupt(): void {
    if (!this.#interrupted) this.#report({ kind: "interrupted" });
    this.#interrupted = true;
  }

  #wait(): void {
    this.#interrupt();
    this.#cancelWait = askForLine(
      this.#services.clock,
      () => this.#standing(),
      () => this.#end(),
    );
  }

  /** Gone is also a call whose sound another bridge has by now. */
  async #standing(): Promise<"connected" | "gone"> {
    const { store, automation } = this.#services;
    const { call, opening } = this.#admission;
    const record = await store.get(call.call_id);
    if (record?.media_used && record.media_used.token_sha256 !== opening) return "gone";
    if (record && !(await inProgress(store, record))) return "gone";
    return automation.state(await this.#connectionId());
  }

  #end(): void {
    if (this.#over) return;
    const report = this.#report;
    this.close();
    report({ kind: "closed" });
  }

  /** Asked for when it is needed, since the socket may be there before the id is known. */
  async #connectionId(): Promise<string> {
    const { connectionId, call } = this.#admission;
    const id = connectionId ?? (await this.#services.store.get(call.call_id))?.connection_id;
    if (!id) throw new Error("The call's connection id is not known.");
    return id;
  }
}
