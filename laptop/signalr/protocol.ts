/**
 * SignalR's JSON hub protocol: messages end in 0x1e, the first one is the handshake.
 * Source: github.com/dotnet/aspnetcore, src/SignalR/docs/specs/HubProtocol.md.
 */
import { z } from "zod";

const separator = "\u001e";

export const messageTypes = { invocation: 1, completion: 3, ping: 6, close: 7 } as const;

const handshakeSchema = z.object({ protocol: z.string(), version: z.number() });

/** What clients may say after the handshake; streams are not spoken here. */
const clientMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal(messageTypes.invocation),
    invocationId: z.string().optional(),
    target: z.string(),
    arguments: z.array(z.unknown()).default([]),
  }),
  z.object({ type: z.literal(messageTypes.completion), invocationId: z.string() }),
  z.object({ type: z.literal(messageTypes.ping) }),
  z.object({ type: z.literal(messageTypes.close), error: z.string().optional() }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type Invocation = Extract<ClientMessage, { type: 1 }>;

export function frame(message: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(message) + separator;
}

/** The text of a single message, whether or not it still has its separator. */
export function unframed(text: string): string {
  return text.split(separator)[0] ?? "";
}

/** Cuts text into messages, keeping an unfinished one for the next piece. */
export class Frames {
  #rest = "";

  read(piece: string): string[] {
    const parts = (this.#rest + piece).split(separator);
    this.#rest = parts.pop() ?? "";
    return parts;
  }
}

/** `undefined` when the handshake is acceptable, otherwise the error to answer. */
export function handshakeError(text: string): string | undefined {
  const handshake = handshakeSchema.safeParse(json(text));
  if (!handshake.success) return "The handshake could not be read.";
  const { protocol, version } = handshake.data;
  if (protocol !== "json") return `The protocol '${protocol}' is not supported.`;
  return version === 1 ? undefined : `The server does not support version ${version} of the '${protocol}' protocol.`;
}

/** `undefined` for what is no message of a client. */
export function clientMessage(text: string): ClientMessage | undefined {
  return clientMessageSchema.safeParse(json(text)).data;
}

/** The value of JSON text; `undefined` when it is none. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
