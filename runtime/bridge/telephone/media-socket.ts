/** One opening of a call's sound by Call Automation: its messages as events, and what is no phone is hung up on. */
import WebSocket from "ws";
import type { Clock } from "../clock.ts";
import { readFrame } from "../frames.ts";
import type { TelephoneEvent } from "./telephone.ts";

/** A socket that has not said by then what it will send is not a phone. */
const metadataWithinMs = 10_000;
/** More malformed messages than this in `malformedWindowMs` are no accident. */
const mostMalformed = 10;
const malformedWindowMs = 10_000;
/** A phone sends 50 messages a second; twenty seconds of them may come at once after a stall. */
const mostMessages = 1_000;
const floodWindowMs = 1_000;
/** A phone sends its silence too. After half of this without a message it is pinged, after all of it the other end is gone. */
const quietMs = 20_000;
/** Two minutes of sound that the phone has not taken: it takes no more. */
const mostUnsentBytes = 8 * 1_048_576;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
export const closes = { normal: 1000, unacceptable: 1003, invalid: 1007, policy: 1008 } as const;

export type SocketEvent =
  | Extract<TelephoneEvent, { kind: "audio" | "digit" }>
  /** The socket has said what it sends: sound goes both ways from now on. */
  | { readonly kind: "described" }
  /** Nothing follows. */
  | { readonly kind: "lost" };

export interface MediaSocket {
  send(message: Buffer): void;
  /** Nothing is reported any more. */
  close(): void;
}

export function openMediaSocket(socket: WebSocket, clock: Clock, report: (event: SocketEvent) => void): MediaSocket {
  let described = false;
  let over = false;
  let malformed: number[] = [];
  let window = { fromMs: clock.nowMs(), messages: 0 };
  let heardAtMs = clock.nowMs();
  let cancel = clock.after(metadataWithinMs, () => socket.close(closes.policy, "no AudioMetadata"));

  const watch = () => {
    cancel = clock.after(quietMs / 2, () => {
      const quietForMs = clock.nowMs() - heardAtMs;
      if (quietForMs >= quietMs) return socket.terminate();
      if (quietForMs >= quietMs / 2) socket.ping();
      watch();
    });
  };
  const notWellFormed = () => {
    malformed = [...malformed.filter((atMs) => atMs > clock.nowMs() - malformedWindowMs), clock.nowMs()];
    if (malformed.length > mostMalformed) socket.close(closes.invalid, "malformed messages");
  };
  const flooded = (nowMs: number): boolean => {
    if (nowMs - window.fromMs >= floodWindowMs) window = { fromMs: nowMs, messages: 0 };
    window.messages++;
    return window.messages > mostMessages;
  };

  socket.on("message", (data, binary) => {
    // What comes between our closing and theirs is no concern any more.
    if (over || socket.readyState !== WebSocket.OPEN) return;
    heardAtMs = clock.nowMs();
    if (flooded(heardAtMs)) return socket.close(closes.policy, "more messages than a phone sends");
    if (binary) return notWellFormed();
    const frame = readFrame(data as Buffer);
    switch (frame.kind) {
      case "metadata":
        if (described) return;
        described = frame.encoding.toUpperCase() === "PCM" && frame.sampleRate === 24_000 && frame.channels === 1;
        if (!described) return socket.close(closes.unacceptable, "only PCM at 24000 Hz, 1 channel");
        cancel();
        watch();
        return report({ kind: "described" });
      case "audio":
      case "digit":
        return described ? report(frame) : notWellFormed();
      case "malformed":
        return notWellFormed();
      case "other":
        return;
    }
  });
  socket.on("pong", () => {
    heardAtMs = clock.nowMs();
  });
  // `close` follows every error.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    cancel();
    if (!over) report({ kind: "lost" });
    over = true;
  });
  return {
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > mostUnsentBytes) socket.terminate();
      else socket.send(message, { binary: false });
    },
    close() {
      over = true;
      cancel();
      socket.close(closes.normal);
    },
  };
}
