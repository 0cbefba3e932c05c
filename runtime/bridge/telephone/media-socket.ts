/** One opening of a call's sound by Call Automation: its messages as events. */
import type WebSocket from "ws";
import type { Clock } from "../clock.ts";
import { readFrame } from "../frames.ts";
import { PhoneSocket } from "./phone-socket.ts";
import type { TelephoneEvent } from "./telephone.ts";

/** Two minutes of sound. */
export const mostUnsentBytes = 8 * 1_048_576;

export type SocketEvent =
  | Extract<TelephoneEvent, { kind: "audio" | "digit" }>
  /** The socket has said what it sends: sound goes both ways from now on. */
  | { readonly kind: "described" }
  /** Nothing follows. */
  | { readonly kind: "lost" };

export type MediaSocket = Pick<PhoneSocket, "send" | "close">;

export function openMediaSocket(socket: WebSocket, clock: Clock, report: (event: SocketEvent) => void): MediaSocket {
  let described = false;
  const heard = (message: Buffer) => {
    const frame = readFrame(message);
    switch (frame.kind) {
      case "metadata":
        if (described) return;
        described = frame.encoding.toUpperCase() === "PCM" && frame.sampleRate === 24_000 && frame.channels === 1;
        if (!described) return phone.refuse("only PCM at 24000 Hz, 1 channel");
        phone.described();
        return report({ kind: "described" });
      case "audio":
      case "digit":
        return described ? report(frame) : phone.malformed();
      case "malformed":
        return phone.malformed();
      case "other":
        return;
    }
  };
  const lost = () => report({ kind: "lost" });
  const phone = new PhoneSocket({ socket, clock, description: "AudioMetadata", mostUnsentBytes, heard, lost });
  return phone;
}
