/** A call that Call Automation carries: its sound over the service's WebSocket to us, hang-up and transfer through its API. */
import WebSocket from "ws";
import type { CallAutomation } from "../../services/call-automation.ts";
import type { Clock } from "../clock.ts";
import { playFrame, readFrame, stopFrame } from "../frames.ts";
import type { Telephone, TelephoneEvent } from "./telephone.ts";

/** A socket that has not said by then what it will send is not a phone. */
const metadataWithinMs = 10_000;
/** More malformed messages than this in `malformedWindowMs` are no accident. */
const mostMalformed = 10;
const malformedWindowMs = 10_000;
/** Two minutes of sound that the phone has not taken: it takes no more. */
const mostUnsentBytes = 8 * 1_048_576;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const closes = { normal: 1000, unacceptable: 1003, invalid: 1007, policy: 1008 } as const;

export interface AcsCall {
  readonly socket: WebSocket;
  /** Call Automation's id of the call; asked for when it is needed, since the socket may be there before the id is known. */
  readonly connectionId: () => Promise<string>;
  readonly automation: Pick<CallAutomation, "hangUp" | "transfer">;
  readonly clock: Clock;
}

export function acsTelephone({ socket, connectionId, automation, clock }: AcsCall): Telephone {
  return {
    listen: (report) => listen(socket, clock, report),
    play: (audio) => send(socket, playFrame(audio)),
    stop: () => send(socket, stopFrame),
    hangUp: async () => automation.hangUp(await connectionId()),
    transfer: async (to) => automation.transfer(await connectionId(), to),
    close: () => socket.close(closes.normal),
  };
}

function send(socket: WebSocket, message: Buffer): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > mostUnsentBytes) socket.terminate();
  else socket.send(message, { binary: false });
}

function listen(socket: WebSocket, clock: Clock, report: (event: TelephoneEvent) => void): void {
  const cancel = clock.after(metadataWithinMs, () => socket.close(closes.policy, "no AudioMetadata"));
  let described = false;
  let malformed: number[] = [];

  socket.on("message", (data) => {
    const frame = readFrame(data as Buffer);
    switch (frame.kind) {
      case "metadata":
        cancel();
        described = frame.encoding.toUpperCase() === "PCM" && frame.sampleRate === 24_000 && frame.channels === 1;
        if (!described) socket.close(closes.unacceptable, "only PCM at 24000 Hz, 1 channel");
        return;
      case "audio":
        if (described) report(frame);
        return;
      case "digit":
        if (described) report(frame);
        return;
      case "malformed":
        malformed = [...malformed.filter((atMs) => atMs > clock.nowMs() - malformedWindowMs), clock.nowMs()];
        if (malformed.length > mostMalformed) socket.close(closes.invalid, "malformed messages");
        return;
      case "other":
        return;
    }
  });
  // `close` follows every error.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    cancel();
    report({ kind: "closed" });
  });
}
