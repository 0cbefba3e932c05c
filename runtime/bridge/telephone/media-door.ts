/**
 * Who may connect a phone's sound: Call Automation itself, for a call of ours, once. Its token lives a day and is the same for every call,
 * so a nonce that opens the door only once binds the socket to its call.
 */
import { timingSafeEqual } from "node:crypto";
import { digest } from "../../calls/addresses.ts";
import type { Call, CallRecord } from "../../calls/call.ts";
import type { CallStore } from "../../calls/store.ts";
import type { Verify } from "../../http/verify.ts";

export class MediaRefusal extends Error {
  readonly status: 401 | 403 | 404 | 409 | 503;
  constructor(status: MediaRefusal["status"], message: string) {
    super(message);
    this.name = "MediaRefusal";
    this.status = status;
  }
}

export interface MediaRequest {
  /** Path and query, as requested. */
  readonly url: string;
  readonly authorization: string | undefined;
}

const mediaPath = /^\/media\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The call a socket is for; throws `MediaRefusal`. Whoever is let in has used up the nonce. */
export async function admit(
  { url, authorization }: MediaRequest,
  { store, verify }: { store: Pick<CallStore, "get" | "change">; verify: Verify },
): Promise<Call> {
  // A request line may hold anything, also what is no address.
  const address = URL.canParse(url, "http://bridge") ? new URL(url, "http://bridge") : undefined;
  const callId = mediaPath.exec(address?.pathname ?? "")?.[1];
  if (!callId) throw new MediaRefusal(404, "Media connects to /media/{callId}.");
  await authenticate(authorization, verify);
  const call = await store.get(callId);
  if (!call) throw new MediaRefusal(404, "There is no such call.");
  const record = await store.change(callId, (each) => withoutNonce(each, address?.searchParams.get("nonce") ?? ""));
  return { ...record, messages: call.messages };
}

async function authenticate(authorization: string | undefined, verify: Verify): Promise<void> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  const claims =
    token &&
    (await verify(token).catch(() => Promise.reject(new MediaRefusal(503, "The issuer's keys cannot be had now; try again."))));
  if (!claims) throw new MediaRefusal(401, "Media connects with a token of Call Automation for this resource.");
}

function withoutNonce(record: CallRecord, nonce: string): CallRecord {
  const { media_nonce_sha256: expected, ...open } = record;
  if (record.status === "ended") throw new MediaRefusal(409, "The call has ended.");
  if (!expected) throw new MediaRefusal(409, "The call's media is connected already; its nonce opens once.");
  const given = Buffer.from(digest(nonce));
  const known = Buffer.from(expected);
  if (given.length !== known.length || !timingSafeEqual(given, known))
    throw new MediaRefusal(403, "The nonce is not this call's.");
  return open;
}
