/** Placing a call: the body call-center-ai's `POST /call` takes, everything checked at once, then dialled exactly once. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { type Agent, agentSchema } from "../agent.ts";
import { Problem } from "../problem.ts";
import { NotDiallable } from "../services/call-automation.ts";
import { addressFault } from "../services/public-address.ts";
import type { Services } from "../services/services.ts";
import { isUndecided } from "../services/status-of.ts";
import { digest } from "./addresses.ts";
import { agentDefaults, spokenLanguage } from "./agent-defaults.ts";
import type { Call, CallRecord } from "./call.ts";
import { takeDialledCall } from "./call-rations.ts";
import { taken } from "./conclude.ts";
import { mayBeDialled, phoneNumber } from "./phone-number.ts";
import { resumableFor, resume } from "./resume.ts";
import { advance } from "./status.ts";
import { uuidOf } from "./uuid.ts";

const e164 = z.string().transform((text, context) => {
  const number = phoneNumber(text);
  if (number) return number.e164;
  context.addIssue({ code: "custom", message: "must be a possible phone number in E.164, such as +33612345678" });
  return z.NEVER;
});

const bodySchema = agentSchema.extend({ phone_number: e164, agent_phone_number: e164.optional() });

/**
 * Dials what `body` asks for, what it leaves out coming from the stack's agent. Returns the call, ringing. Throws `Problem` 422 with every
 * fault, 403 for a country that is not open, 429 when `whom` (the id of the person or app that asks) has placed as many as one may in an hour,
 * 502 when the telephone service refuses (the record then says `failed`).
 *
 * `key`, when given, names the request: the same again by the same one rings nobody a second time and returns the call as it is by now, 409
 * when it is for another number.
 */
export async function dial(services: Services, body: unknown, whom: string, key?: string): Promise<Call> {
  if (services.settings.PHONE_CARRIER === "sip")
    throw new Problem(409, "This line takes calls and places none.", [
      "Azure OpenAI's SIP connector cannot dial. Give the stack a number with phone.carrier acs or twilio to call out.",
    ]);
  const { phone_number, initiate } = checked(body, services.settings);
  // One person's keys are not another's.
  const call_id = key === undefined ? services.newId() : uuidOf(`dial ${whom} ${key}`);
  const before = key === undefined ? undefined : await services.store.get(call_id);
  if (before) return repeated(before, phone_number);
  await takeDialledCall(services, whom, Number(services.settings.DIALLED_PER_HOUR), call_id);
  const nonce = services.newNonce();
  const record: CallRecord = {
    call_id,
    created_at: services.now().toISOString(),
    direction: "outbound",
    phone_number,
    initiate,
    status: "created",
    claim: {},
    reminders: [],
    lang_short_code: await languageFor(services.store, phone_number, initiate, body),
    carrier: services.settings.PHONE_CARRIER,
    // Whoever picks up is reached under the number that was dialled.
    verified: true,
    ...(await resumableBy(services, phone_number, initiate)),
    media_nonce_sha256: digest(nonce),
  };
  const { store, lines, settings, log } = services;
  if (!(await store.create(record))) return repeated(await store.get(call_id), phone_number);
  await resume(store, call_id);
  const connection_id = await lines.own
    .dial({ to: phone_number, from: settings.PHONE_NUMBER, callId: call_id, nonce })
    .catch(async (error: unknown) => {
      // The phone may ring: callbacks will say so, or the sweeper ends what never came about.
      if (isUndecided(error) && !(error instanceof NotDiallable))
        throw new Problem(
          502,
          "It is not known whether the telephone service took the call; the phone may ring. See what becomes of it before you try again.",
          [`call_id: ${record.call_id}`],
        );
      await store.change(record.call_id, (now) => advance(now, "ended", "failed"));
      await store.close(record.call_id);
      log.error({ callId: record.call_id }, "call could not be dialled");
      throw new Problem(
        502,
        "The telephone service did not take the call; nobody was rung. Try again, and see the log for this call.",
        [`call_id: ${record.call_id}`],
      );
    });
  const ringing = await taken(services, record.call_id, connection_id);
  log.info({ callId: record.call_id }, "call dialled");
  return { ...ringing, messages: (await store.get(record.call_id))?.messages ?? [] };
}

/** Whoever asks for a language gets it; else the person is spoken to as in the last call with them. */
async function languageFor(store: Services["store"], phoneNumber: string, initiate: Agent, body: unknown): Promise<string> {
  if (askedForLanguage.safeParse(body).success) return spokenLanguage(initiate);
  return spokenLanguage(initiate, (await store.latestFor(phoneNumber))?.lang_short_code);
}

const askedForLanguage = z.object({ lang: z.object({ default_short_code: z.string() }) });

/** The conversation that the call goes on with: a late enough one that was held as the same agent. Another agent begins anew. */
async function resumableBy(
  { store, flags, now }: Services,
  phoneNumber: string,
  initiate: Agent,
): Promise<Pick<CallRecord, "resumable">> {
  const resumable = await resumableFor(store, phoneNumber, await flags(), now());
  const before = resumable ? await store.get(resumable) : undefined;
  return resumable && before && isSameAgent(before.initiate, initiate) ? { resumable } : {};
}

/** The speed aside, which a caller changes by asking. As stored, which is without what is undefined. */
function isSameAgent(one: Agent, other: Agent): boolean {
  const stored = ({ prosody_rate: _, ...agent }: Agent): unknown => JSON.parse(JSON.stringify(agent));
  return isDeepStrictEqual(stored(one), stored(other));
}

/** Places of the customer's that may not be written to. */
function addressFaults(
  { webhook_url, secure_digits }: Pick<Agent, "webhook_url" | "secure_digits">,
  privateHosts: string,
): string[] {
  const places = [["webhook_url", webhook_url], ...secure_digits.map(({ url }, at) => [`secure_digits.${at}.url`, url])] as const;
  return places.flatMap(([field, address]) => {
    const fault = address && addressFault(address, privateHosts);
    return fault ? [`${field}: ${fault}`] : [];
  });
}

function repeated(call: Call | undefined, phoneNumber: string): Call {
  if (call?.phone_number === phoneNumber) return call;
  throw new Problem(409, "This Idempotency-Key was used for another call.", ["Use a new one for every call, such as a UUID."]);
}

function checked(body: unknown, settings: { AGENT: string; DIALLABLE_COUNTRIES: string; WEBHOOK_PRIVATE_HOSTS: string }) {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new Problem(422, "Validation error", ["body: must be a JSON object with at least phone_number"]);
  const result = bodySchema.safeParse({ ...agentDefaults(settings), ...body });
  const faults = result.success
    ? addressFaults(result.data, settings.WEBHOOK_PRIVATE_HOSTS)
    : result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  if (!result.success || faults.length > 0) throw new Problem(422, "Validation error", faults);
  const { phone_number, ...initiate } = result.data;
  for (const [field, number] of Object.entries({ phone_number, agent_phone_number: initiate.agent_phone_number })) {
    if (number === undefined) continue;
    const country = phoneNumber(number)?.country ?? "this country";
    if (!mayBeDialled(country, settings.DIALLABLE_COUNTRIES))
      throw new Problem(403, `Calls to ${country} are not open.`, [
        `${field}: ${country}; open are ${settings.DIALLABLE_COUNTRIES.replaceAll(",", ", ") || "no countries"}`,
        "Open a country by adding it to phone.countries in the stack's settings, then deploy.",
      ]);
  }
  const { agent_phone_number, ...rest } = initiate;
  return { phone_number, initiate: agent_phone_number ? { ...rest, agent_phone_number } : rest };
}
