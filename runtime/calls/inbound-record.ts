/** What is known of an incoming call before its first word, whoever carries it. */
import type { Services } from "../services/services.ts";
import { agentDefaults, spokenLanguage } from "./agent-defaults.ts";
import type { CallRecord, Carrier } from "./call.ts";
import { resumableFor } from "./resume.ts";

export interface Incoming {
  readonly callId: string;
  /** E.164, or `withheld`. */
  readonly caller: string;
  readonly carrier: Carrier;
  /** The caller's own network vouches for the number. */
  readonly verified?: boolean;
  readonly connectionId?: string;
  /** SHA-256 of the nonce that opens the call's sound, where it is opened by a socket to us. */
  readonly nonceDigest?: string;
}

interface Needs extends Pick<Services, "store" | "flags" | "now"> {
  readonly settings: { readonly AGENT: string };
}

/**
 * The record that the call begins with. The language of the caller's last call is for a verified caller only: a displayed number may be
 * anybody's, and what they hear must not tell how its person speaks. Whoever proves the number later takes it up with the conversation.
 */
export async function inboundRecord({ settings, store, flags, now }: Needs, incoming: Incoming): Promise<CallRecord> {
  const { callId, caller, carrier, verified, connectionId, nonceDigest } = incoming;
  const initiate = agentDefaults(settings);
  const before = verified ? await store.latestFor(caller) : undefined;
  const resumable = await resumableFor(store, caller, await flags(), now());
  return {
    call_id: callId,
    created_at: now().toISOString(),
    direction: "inbound",
    phone_number: caller,
    initiate,
    status: "created",
    claim: {},
    reminders: [],
    lang_short_code: spokenLanguage(initiate, before?.lang_short_code),
    carrier,
    ...(connectionId ? { connection_id: connectionId } : {}),
    ...(resumable ? { resumable } : {}),
    ...(verified ? { verified } : {}),
    ...(nonceDigest ? { media_nonce_sha256: nonceDigest } : {}),
  };
}
