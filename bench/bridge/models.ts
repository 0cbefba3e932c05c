/** A process of its own: the realtime service's side of every call. It talks without end, and is interrupted now and then. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { pace, slotOf } from "./pace.ts";
import type { Route } from "./phones.ts";
import { type Receipts, Receiver } from "./receipts.ts";
import { monotonicMs, readStamp, silentFrame, writeStamp } from "./stamp.ts";
import { readMessages, textFrame } from "./wire.ts";

export type ModelsOrder =
  | { readonly kind: "listen" }
  /** `interruptEveryMs`: how often the caller of some call breaks in; never when absent. */
  | { readonly kind: "talk"; readonly route: Route; readonly interruptEveryMs?: number }
  | { readonly kind: "rest" }
  | { readonly kind: "collect"; readonly route: Route };

export interface ModelsReport {
  readonly sent: number;
  readonly receipts: Receipts;
  readonly interruptions: readonly Interruption[];
  readonly cpuMs: number;
}

/** Monotonic milliseconds. */
export interface Interruption {
  readonly call: number;
  readonly startedMs: number;
  readonly cancelledMs: number;
  readonly truncatedMs: number;
}

interface Session {
  readonly socket: Socket;
  readonly route: Route;
  /** Known from the first frame of its phone. */
  call: number | undefined;
  frame: Buffer;
  stampAt: number;
  sequence: number;
  responses: number;
  /** Speaks only while a response is open. */
  speaking: boolean;
  interruption: { startedMs: number; cancelledMs?: number; truncatedMs?: number } | undefined;
}

const websocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const receivers: Readonly<Record<Route, Receiver>> = { bridge: new Receiver(), relay: new Receiver() };
const sent: Record<Route, number> = { bridge: 0, relay: 0 };
const sessions: Session[] = [];
let interruptions: Interruption[] = [];
let stopTalking: () => void = () => undefined;
let cpuFrom = process.cpuUsage();

const server = createServer((_request, response) => response.writeHead(404).end());
server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${websocketGuid}`).digest("base64");
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  const route: Route = request.url?.startsWith("/relay") ? "relay" : "bridge";
  const session: Session = {
    socket,
    route,
    call: undefined,
    frame: Buffer.alloc(0),
    stampAt: 0,
    sequence: 0,
    responses: 0,
    speaking: false,
    interruption: undefined,
  };
  sessions.push(session);
  if (route === "relay") respond(session);
  readMessages(socket, (payload) => hear(session, payload));
});

function hear(session: Session, payload: Buffer): void {
  const stamp = readStamp(payload, session.route === "relay" ? "data" : "audio");
  if (!stamp) {
    if (session.route === "bridge") command(session, JSON.parse(payload.toString()) as { type: string });
    return;
  }
  session.call ??= stamp.call;
  receivers[session.route].take(session.call, stamp);
}

function command(session: Session, { type }: { type: string }): void {
  const { interruption } = session;
  if (type === "session.update") say(session, { type: "session.updated", session: {} });
  if (type === "response.create") respond(session);
  if (interruption && type === "response.cancel") interruption.cancelledMs = monotonicMs();
  if (interruption && type === "conversation.item.truncate") interruption.truncatedMs = monotonicMs();
  if (interruption?.cancelledMs !== undefined && interruption.truncatedMs !== undefined) interrupted(session);
}

/** A new response after the one before: it is spoken until it is interrupted or the bridge asks for another. */
function respond(session: Session): void {
  if (session.speaking) say(session, { type: "response.done", response: { id: `resp_${idOf(session)}`, status: "completed" } });
  session.responses += 1;
  const id = idOf(session);
  say(session, { type: "response.created", response: { id: `resp_${id}`, status: "in_progress" } });
  const delta = {
    type: "response.output_audio.delta",
    event_id: "event_1",
    response_id: `resp_${id}`,
    item_id: `item_${id}`,
    output_index: 0,
    content_index: 0,
    delta: silentFrame,
  };
  session.frame = textFrame(Buffer.from(JSON.stringify(delta)), false);
  session.stampAt = session.frame.indexOf(silentFrame);
  session.speaking = true;
}

const idOf = (session: Session): string => `${sessions.indexOf(session)}-${session.responses}`;

/** The caller breaks in, and has been speaking long enough to mean it. */
function interrupt(session: Session): void {
  session.speaking = false;
  session.interruption = { startedMs: monotonicMs() };
  say(session, { type: "input_audio_buffer.speech_started", audio_start_ms: 0, item_id: "item_caller" });
}

/** All was cancelled: the caller's turn ends and is answered. */
function interrupted(session: Session): void {
  const { startedMs, cancelledMs = 0, truncatedMs = 0 } = session.interruption ?? { startedMs: 0 };
  interruptions.push({ call: session.call ?? -1, startedMs, cancelledMs, truncatedMs });
  session.interruption = undefined;
  const id = idOf(session);
  say(session, { type: "response.done", response: { id: `resp_${id}`, status: "cancelled" } });
  say(session, { type: "input_audio_buffer.speech_stopped", audio_end_ms: 0, item_id: "item_caller" });
  say(session, { type: "input_audio_buffer.committed", item_id: `turn_${id}` });
  respond(session);
}

function say({ socket }: Session, message: object): void {
  socket.write(textFrame(Buffer.from(JSON.stringify(message)), false));
}

function send(route: Route, slot: number): void {
  for (const session of sessions) {
    const { call } = session;
    if (session.route !== route || !session.speaking || call === undefined || slotOf(call) !== slot) continue;
    const frame = Buffer.from(session.frame);
    writeStamp(frame, session.stampAt, { call, sequence: session.sequence++, sentMs: monotonicMs() });
    session.socket.write(frame);
    sent[route] += 1;
  }
}

/** Lets one call after the other be interrupted. */
function interruptEvery(everyMs: number): () => void {
  let next = 0;
  const timer = setInterval(() => {
    const candidates = sessions.filter((each) => each.route === "bridge" && each.speaking && each.call !== undefined);
    const session = candidates[next++ % Math.max(1, candidates.length)];
    if (session) interrupt(session);
  }, everyMs);
  return () => clearInterval(timer);
}

process.on("message", (order: ModelsOrder) => void obey(order).then((answer) => process.send?.(answer)));

async function obey(order: ModelsOrder): Promise<ModelsReport | number | "done"> {
  switch (order.kind) {
    case "listen":
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as AddressInfo).port;
    case "talk": {
      cpuFrom = process.cpuUsage();
      const stopPace = pace((slot) => send(order.route, slot));
      const stopInterrupting = order.interruptEveryMs ? interruptEvery(order.interruptEveryMs) : () => undefined;
      stopTalking = () => {
        stopPace();
        stopInterrupting();
      };
      return "done";
    }
    case "rest":
      stopTalking();
      return "done";
    case "collect": {
      const { user, system } = process.cpuUsage(cpuFrom);
      const report = {
        sent: sent[order.route],
        receipts: receivers[order.route].collect(),
        interruptions,
        cpuMs: (user + system) / 1_000,
      };
      sent[order.route] = 0;
      if (order.route === "bridge") interruptions = [];
      return report;
    }
  }
}

process.on("disconnect", () => process.exit());
