/**
 * Who may connect a phone's sound: Call Automation itself, for a call of ours, once, and again each time the record asks for it. Its token
 * lives a day and says nothing of the call (learn.microsoft.com, "secure the WebSocket"), so a nonce that opens the door once binds the socket
 * to its call. The address, and with it the nonce, cannot be changed for a call in progress: to open it again the record's nonce is armed
 * again, and a token that has opened this call before is refused, since a stolen request would look the same.
 */
import { timingSafeEqual } from "node:crypto";
import { digest } from "../../calls/addresses.ts";
import type { CallRecord } from "../../calls/call.ts";
import { inProgress } from "../../calls/conclude.ts";
import type { CallStore } from "../../calls/store.ts";
import type { Verify } from "../../http/verify.ts";
import type { Clock } from "../clock.ts";
import { TokenBuckets } from "../token-buckets.ts";
import { type Admission, MediaRefusal, type MediaRoute } from "./media-route.ts";

/** A call's sound is opened once, and some times more when its line fails: more than this is no recovery. */
const openings = { burst: 10, perSecond: 1 } as const;

export interface MediaDoor {
  readonly store: CallStore;
  /** Tokens of Call Automation for our resource. */
  readonly verify: Verify;
  readonly clock: Clock;
}

/** Lets in whoever may: that uses up the nonce and the token for this call. */
export function mediaDoor({ store, verify, clock }: MediaDoor): MediaRoute["admit"] {
  const attempts = new TokenBuckets(openings, clock);
  return async ({ callId, url, headers }, refuseUnlessRoom): Promise<Admission> => {
    const token = await authenticated(headers.authorization, verify);
    if (!attempts.take(callId)) throw new MediaRefusal(429, "This call's media was asked for too often; try again in a second.");
    const call = await store.get(callId);
    if (!call) throw new MediaRefusal(404, "There is no such call.");
    if (!(await inProgress(store, call))) throw new MediaRefusal(409, "The call has ended.");
    const attempt = { nonce: digest(url.searchParams.get("nonce") ?? ""), token: digest(token) };
    opened(call, attempt);
    const resumed = call.media_used !== undefined;
    refuseUnlessRoom(resumed);
    if (!(await store.claim(callId, `media:${attempt.token}`))) throw used();
    const record = await store.change(callId, (each) => opened(each, attempt));
    const id = headers["x-ms-call-connection-id"];
    return {
      call: { ...record, messages: call.messages },
      resumed,
      opening: attempt.token,
      ...(typeof id === "string" ? { connectionId: id } : {}),
    };
  };
}

async function authenticated(authorization: string | undefined, verify: Verify): Promise<string> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  const claims =
    token &&
    (await verify(token).catch(() => Promise.reject(new MediaRefusal(503, "The issuer's keys cannot be had now; try again."))));
  if (!token || !claims) throw new MediaRefusal(401, "Media connects with a token of Call Automation for this resource.");
  return token;
}

/** The record once the attempt (digests) has opened the door; throws when it may not. */
function opened(record: CallRecord, attempt: { readonly nonce: string; readonly token: string }): CallRecord {
  const { media_nonce_sha256: expected, ...open } = record;
  if (!expected) throw new MediaRefusal(409, "The call's media is connected already; its nonce opens once.");
  const [given, known] = [Buffer.from(attempt.nonce), Buffer.from(expected)];
  if (given.length !== known.length || !timingSafeEqual(given, known))
    throw new MediaRefusal(403, "The nonce is not this call's.");
  if (record.media_used?.token_sha256 === attempt.token) throw used();
  return { ...open, media_used: { nonce_sha256: attempt.nonce, token_sha256: attempt.token } };
}

const used = () => new MediaRefusal(409, "This token has opened the call's media before; each opening has its own.");
