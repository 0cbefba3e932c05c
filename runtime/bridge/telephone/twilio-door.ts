/**
 * Who may connect a phone's sound as Twilio: a request that Twilio signed for the call's own address, for a call of ours that Twilio carries,
 * whose first message brings the call's nonce. A media stream's address has no query (Twilio docs, "TwiML Voice: <Stream>"), so the nonce
 * comes as a parameter of the stream, and nothing of the call is told or done before it was checked.
 */
import { timingSafeEqual } from "node:crypto";
import type { WebSocket } from "ws";
import { digest } from "../../calls/addresses.ts";
import type { CallRecord } from "../../calls/call.ts";
import { inProgress } from "../../calls/conclude.ts";
import type { CallStore } from "../../calls/store.ts";
import type { Secrets } from "../../services/secrets.ts";
import { isSignedByTwilio } from "../../services/twilio-signature.ts";
import type { Clock } from "../clock.ts";
import { MediaRefusal, type MediaRoute } from "./media-route.ts";
import type { StreamStart } from "./twilio-frames.ts";
import { TwilioStream } from "./twilio-stream.ts";

export interface TwilioDoor {
  readonly store: Pick<CallStore, "get" | "change">;
  readonly secrets: Secrets;
  /** The bridge's public address, as the TwiML names it: what a request says of its own host is not believed. */
  readonly bridgeUrl: string;
  readonly clock: Clock;
}

/** Lets in whoever may; that uses up the nonce. `streamOf` finds what has come over a socket since it was proven. */
export function twilioDoor({ store, secrets, bridgeUrl, clock }: TwilioDoor) {
  const streams = new WeakMap<WebSocket, TwilioStream>();
  const base = bridgeUrl.replace(/\/$/, "").replace(/^http/, "ws");

  const admit: MediaRoute["admit"] = async ({ callId, url, headers }, refuseUnlessRoom) => {
    const authToken = await secrets.read("twilio-auth-token").catch(() => undefined);
    if (!authToken) throw new MediaRefusal(503, "The key of Twilio's signatures cannot be had now; try again.");
    const signature = headers["x-twilio-signature"];
    const signed = {
      url: `${base}${url.pathname}${url.search}`,
      signature: typeof signature === "string" ? signature : undefined,
    };
    if (!isSignedByTwilio(signed, authToken))
      throw new MediaRefusal(403, "Media connects with Twilio's signature of this address.");
    const call = await store.get(callId);
    if (call?.carrier !== "twilio") throw new MediaRefusal(404, "There is no such call.");
    if (!(await inProgress(store, call))) throw new MediaRefusal(409, "The call has ended.");
    expectedNonce(call);
    const resumed = call.media_used !== undefined;
    refuseUnlessRoom(resumed);
    return { call, resumed, opening: "" };
  };

  const prove: NonNullable<MediaRoute["prove"]> = async ({ call, resumed }, socket) => {
    const stream = new TwilioStream(socket, clock);
    const start = await stream.started;
    if (!start) throw new MediaRefusal(403, "The stream did not say which call's it is.");
    const record = await store.change(call.call_id, (each) => opened(each, start));
    streams.set(socket, stream);
    return {
      call: { ...record, messages: call.messages },
      resumed,
      opening: digest(start.streamSid),
      connectionId: start.callSid,
    };
  };

  return {
    path: /^\/twilio\/media\/(?<callId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    admit,
    prove,
    streamOf: (socket: WebSocket): TwilioStream | undefined => streams.get(socket),
  };
}

function expectedNonce({ media_nonce_sha256 }: CallRecord): string {
  if (!media_nonce_sha256) throw new MediaRefusal(409, "The call's media is connected already; its nonce opens once.");
  return media_nonce_sha256;
}

/** The record once the stream has opened the door; throws when it may not. */
function opened(record: CallRecord, { callSid, streamSid, parameters }: StreamStart): CallRecord {
  const nonce = digest(parameters.nonce ?? "");
  const [given, known] = [Buffer.from(nonce), Buffer.from(expectedNonce(record))];
  if (given.length !== known.length || !timingSafeEqual(given, known))
    throw new MediaRefusal(403, "The nonce is not this call's.");
  // An outgoing call may be picked up before its SID is kept.
  if (record.connection_id && record.connection_id !== callSid) throw new MediaRefusal(403, "The stream is another call's.");
  const { media_nonce_sha256: _, ...open } = record;
  return { ...open, media_used: { nonce_sha256: nonce, token_sha256: digest(streamSid) } };
}
