/**
 * WebSockets by hand, as lean as a load generator needs them: every byte of a frame but a stamp is prepared once, and of what comes in only
 * the stamp is read. The generator must not be what saturates.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";

const textOpcode = 0x1;
const closeOpcode = 0x8;
const pingOpcode = 0x9;

/** A whole text frame. Clients must mask (RFC 6455, section 5.3); a key of zeros masks and changes nothing. */
export function textFrame(payload: Buffer, masked: boolean): Buffer {
  const extended = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + extended + (masked ? 4 : 0));
  header[0] = 0x80 | textOpcode;
  header[1] = (masked ? 0x80 : 0) | (extended === 0 ? payload.length : extended === 2 ? 126 : 127);
  if (extended === 2) header.writeUInt16BE(payload.length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}

/** The request that opens a WebSocket. */
export function upgradeRequest(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Calls `message` with the payload of each text frame that arrives; the view is valid during the call only. Answers no pings: a minute needs none. */
export function readMessages(socket: Socket, message: (payload: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const frame = frameIn(data);
      if (!frame) break;
      const { opcode, start, end } = frame;
      if (opcode === textOpcode) message(data.subarray(start, end));
      else if (opcode === closeOpcode) socket.end();
      else if (opcode !== pingOpcode) throw new Error(`a frame with opcode ${opcode} is none of this benchmark's`);
      data = data.subarray(end);
    }
    rest = data.length === 0 ? data : Buffer.from(data);
  });
}

/** Where the first whole frame of `data` lies. A masked payload is unmasked in place. */
function frameIn(data: Buffer): { opcode: number; start: number; end: number } | undefined {
  if (data.length < 2) return undefined;
  const opcode = (data[0] ?? 0) & 0x0f;
  const second = data[1] ?? 0;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const start = 2 + extended + (masked ? 4 : 0);
  if (data.length < start) return undefined;
  const length = extended === 0 ? short : extended === 2 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
  const end = start + length;
  if (data.length < end) return undefined;
  if (masked) unmask(data, start, end);
  return { opcode, start, end };
}

function unmask(data: Buffer, start: number, end: number): void {
  const key = data.subarray(start - 4, start);
  for (let at = start; at < end; at++) data[at] = (data[at] ?? 0) ^ (key[(at - start) & 3] ?? 0);
}
