/**
 * How the Speech SDK's sockets carry messages: headers and a body, in text frames with a blank line between, in binary frames behind the
 * headers' length (two bytes, big-endian).
 * Source: microsoft-cognitiveservices-speech-sdk 1.52.0, common.speech/WebsocketMessageFormatter.
 */
export interface Message {
  /** Lower case, e.g. `speech.config`, `audio`. */
  readonly path: string;
  readonly requestId: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A message of a client; `undefined` for a frame that is none. */
export function readMessage(frame: Buffer, isBinary: boolean): Message | undefined {
  const split = isBinary ? binaryParts(frame) : textParts(frame);
  if (!split) return undefined;
  const headers = new Map(
    split.headers.split("\r\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const [path, requestId] = [headers.get("path"), headers.get("x-requestid")];
  if (!path || !requestId) return undefined;
  return { path: path.toLowerCase(), requestId, contentType: headers.get("content-type") ?? "", body: split.body };
}

interface Parts {
  readonly headers: string;
  readonly body: Buffer;
}

function textParts(frame: Buffer): Parts | undefined {
  const blank = frame.indexOf("\r\n\r\n");
  return blank < 0 ? undefined : { headers: frame.toString("utf8", 0, blank), body: frame.subarray(blank + 4) };
}

function binaryParts(frame: Buffer): Parts | undefined {
  const length = frame.length >= 2 ? frame.readUInt16BE(0) : Number.POSITIVE_INFINITY;
  return frame.length < length + 2
    ? undefined
    : { headers: frame.toString("utf8", 2, length + 2), body: frame.subarray(length + 2) };
}

export function textMessage(path: string, requestId: string, body: unknown): string {
  return `X-RequestId:${requestId}\r\nPath:${path}\r\nContent-Type:application/json; charset=utf-8\r\n\r\n${JSON.stringify(body)}`;
}

export function soundMessage(requestId: string, streamId: string, sound: Buffer): Buffer {
  const headers = Buffer.from(`X-RequestId:${requestId}\r\nX-StreamId:${streamId}\r\nPath:audio\r\nContent-Type:audio/x-wav\r\n`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(headers.length);
  return Buffer.concat([length, headers, sound]);
}
