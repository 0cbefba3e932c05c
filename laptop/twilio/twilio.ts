/**
 * Twilio on the laptop: its REST API (2010-04-01) for calls, text messages and the numbers' addresses, signed webhooks, and media streams. Its
 * numbers are on the laptop's telephone network. What it cannot do answers 404 or 400 in Twilio's own form and says so.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Service } from "../service.ts";
import type { Exchange, Ringing, TextMessage } from "../telephone/exchange.ts";
import { numberFault } from "../telephone/number.ts";
import { Call } from "./call.ts";
import { Webhooks } from "./webhooks.ts";

/** Where a number's calls and messages are asked about: what people enter in Twilio's console. */
export interface NumberAddresses {
  readonly voiceUrl?: string;
  readonly smsUrl?: string;
  /** Told when an incoming call is over. */
  readonly statusCallback?: string;
}

export interface TwilioArgs {
  readonly clock: Clock;
  readonly exchange: Exchange;
  /** `AC` and 32 hexadecimal digits. */
  readonly accountSid: string;
  /** Signs in, and signs. */
  readonly authToken: string;
  /** The account's numbers (E.164), each with its addresses; `POST IncomingPhoneNumbers/{sid}.json` changes them. */
  readonly numbers: Readonly<Record<string, NumberAddresses>>;
  /** Speaks `<Say>`; absent means that it is passed over. */
  readonly voice?: { speak(text: string): Int16Array };
  /** What networks vouch for of a caller's number, such as `TN-Validation-Passed-A`; nothing when absent. */
  readonly stirVerstat?: (from: string) => string | undefined;
  readonly fetch?: typeof fetch;
}

interface OwnNumber {
  readonly sid: string;
  readonly number: string;
  addresses: NumberAddresses;
}

/** Twilio's own error: an HTTP status and a code of its error dictionary. */
class TwilioError extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const mostCalls = 1_000;
const longestMessage = 1_600;

/** A text message's webhook is asked, and its answer's `<Message>`s are not sent: the app answers through the API. */
export function createTwilio(args: TwilioArgs): Service {
  const { clock, exchange, accountSid, authToken } = args;
  const http = args.fetch ?? fetch;
  const calls = new Map<string, Call>();
  const numbers = new Map<string, OwnNumber>(
    Object.entries(args.numbers).map(([number, addresses]) => [number, { sid: newSid("PN"), number, addresses }]),
  );
  const releases = [...numbers.values()].map((own) =>
    exchange.register(own.number, { ring: (ringing) => ring(own, ringing), text: (message) => text(own, message) }),
  );

  function open(
    call: Omit<Call["args"], "clock" | "exchange" | "webhooks" | "authToken" | "accountSid" | "sid" | "newSid" | "voice">,
  ) {
    const sid = newSid("CA");
    const webhooks = new Webhooks({ authToken, fetch: http });
    const opened = new Call({ ...call, clock, exchange, webhooks, authToken, accountSid, sid, newSid, voice: args.voice });
    calls.set(sid, opened);
    // The oldest calls that are over are forgotten.
    for (const [each, kept] of calls) {
      if (calls.size <= mostCalls) break;
      if (kept.isOver) calls.delete(each);
    }
    return opened;
  }

  function ring({ addresses: { voiceUrl, statusCallback } }: OwnNumber, ringing: Ringing): void {
    if (!voiceUrl) {
      ringing.refuse("declined");
      return;
    }
    const call = open({
      from: ringing.from,
      to: ringing.to,
      direction: "inbound",
      stirVerstat: args.stirVerstat?.(ringing.from),
      ...(statusCallback ? { statusCallback: { url: statusCallback, events: ["completed"] } } : {}),
      answer: (party) => ringing.answer(party),
      refuse: (ending) => ringing.refuse(ending),
    });
    ringing.stopped(() => call.ended("cancelled"));
    void call.rings(voiceUrl);
  }

  function text({ addresses: { smsUrl } }: OwnNumber, { from, to, words }: TextMessage): void {
    if (!smsUrl) return;
    const sid = newSid("SM");
    new Webhooks({ authToken, fetch: http }).tell(smsUrl, {
      AccountSid: accountSid,
      ApiVersion: "2010-04-01",
      Body: words,
      From: from,
      MessageSid: sid,
      NumMedia: "0",
      NumSegments: String(Math.ceil(words.length / 160)),
      SmsMessageSid: sid,
      SmsSid: sid,
      SmsStatus: "received",
      To: to,
    });
  }

  async function answer(request: Request): Promise<Response> {
    requireAccount(request.headers.get("authorization"), args);
    const { pathname } = new URL(request.url);
    const path = new RegExp(`^/2010-04-01/Accounts/${accountSid}/(Calls|Messages|IncomingPhoneNumbers)(?:/(\\w+))?\\.json$`).exec(
      pathname,
    );
    const form = new URLSearchParams(request.method === "POST" ? await request.text() : "");
    const [, resource, sid] = path ?? [];
    const action = `${request.method} ${resource}${sid ? "/one" : ""}`;
    switch (action) {
      case "POST Calls":
        return Response.json(shown(create(form)), { status: 201 });
      case "GET Calls/one":
        return Response.json(shown(found(sid)));
      case "POST Calls/one":
        return Response.json(shown(update(found(sid), form)));
      case "POST Messages":
        return Response.json(send(form), { status: 201 });
      case "GET IncomingPhoneNumbers":
        return Response.json({ incoming_phone_numbers: [...numbers.values()].map(shownNumber) });
      case "POST IncomingPhoneNumbers/one":
        return Response.json(configure(sid, form));
      default:
        throw new TwilioError(
          404,
          20_404,
          `The requested resource ${pathname} was not found (the laptop has calls, messages and numbers).`,
        );
    }
  }

  function found(sid = ""): Call {
    const call = calls.get(sid);
    if (!call) throw new TwilioError(404, 20_404, `The requested resource /Calls/${sid}.json was not found`);
    return call;
  }

  function create(form: URLSearchParams): Call {
    const [to, from] = [form.get("To") ?? "", form.get("From") ?? ""];
    if (!to) throw new TwilioError(400, 21_201, "No 'To' number is specified");
    if (numberFault(to)) throw new TwilioError(400, 21_211, "Invalid 'To' Phone Number");
    if (!from) throw new TwilioError(400, 21_213, "'From' phone number is required");
    if (!numbers.has(from))
      throw new TwilioError(400, 21_210, "'From' phone number provided is not yet verified for your account");
    const told = toldBy(form);
    if (told.twiml === undefined && told.url === undefined) throw new TwilioError(400, 21_205, "Url parameter is required.");
    const statusCallback = form.get("StatusCallback");
    const events = form.getAll("StatusCallbackEvent");
    const call = open({
      from,
      to,
      direction: "outbound-api",
      ...(statusCallback ? { statusCallback: { url: statusCallback, events: events.length > 0 ? events : ["completed"] } } : {}),
    });
    // Before it rings, the app must know its call: the answer leaves first.
    clock.after(0, () => call.dial({ ...told, timeoutMs: Number(form.get("Timeout") ?? 60) * 1_000 }));
    return call;
  }

  function update(call: Call, form: URLSearchParams): Call {
    const status = form.get("Status");
    if (status !== null && status !== "completed" && status !== "canceled")
      throw new TwilioError(400, 21_218, "Invalid 'Status' parameter");
    if (status === null && call.status !== "in-progress")
      throw new TwilioError(400, 21_220, "Call is not in-progress. Cannot redirect.");
    if (call.isOver) throw new TwilioError(400, 21_220, "Unable to update record. Call is not in-progress.");
    if (status === "completed" || (status === "canceled" && call.status !== "in-progress")) call.hangUp();
    if (status === null) call.redirect(toldBy(form));
    return call;
  }

  function send(form: URLSearchParams): Record<string, unknown> {
    const [to, from, body] = [form.get("To") ?? "", form.get("From") ?? "", form.get("Body") ?? ""];
    if (!to) throw new TwilioError(400, 21_604, "A 'To' phone number is required.");
    if (numberFault(to)) throw new TwilioError(400, 21_211, "The 'To' number is not a valid phone number.");
    if (!body) throw new TwilioError(400, 21_602, "Message body is required.");
    if (body.length > longestMessage)
      throw new TwilioError(400, 21_617, "The concatenated message body exceeds the 1600 character limit.");
    if (!numbers.has(from))
      throw new TwilioError(400, 21_606, "The 'From' phone number is not a valid, message-capable number of this account.");
    exchange.text(from, to, body);
    return {
      sid: newSid("SM"),
      account_sid: accountSid,
      to,
      from,
      body,
      status: "queued",
      direction: "outbound-api",
      error_code: null,
    };
  }

  function configure(sid: string | undefined, form: URLSearchParams): Record<string, unknown> {
    const own = [...numbers.values()].find((each) => each.sid === sid);
    if (!own) throw new TwilioError(404, 20_404, "The requested number was not found");
    const [voiceUrl, smsUrl, statusCallback] = [form.get("VoiceUrl"), form.get("SmsUrl"), form.get("StatusCallback")];
    own.addresses = {
      ...own.addresses,
      ...(voiceUrl === null ? {} : { voiceUrl }),
      ...(smsUrl === null ? {} : { smsUrl }),
      ...(statusCallback === null ? {} : { statusCallback }),
    };
    return shownNumber(own);
  }

  function shown({ args: call, status, startedAtMs }: Call): Record<string, unknown> {
    return {
      sid: call.sid,
      account_sid: accountSid,
      to: call.to,
      from: call.from,
      status,
      direction: call.direction,
      start_time: new Date(startedAtMs).toUTCString(),
      api_version: "2010-04-01",
      uri: `/2010-04-01/Accounts/${accountSid}/Calls/${call.sid}.json`,
    };
  }

  const shownNumber = ({ sid, number, addresses }: OwnNumber): Record<string, unknown> => ({
    sid,
    account_sid: accountSid,
    phone_number: number,
    voice_url: addresses.voiceUrl ?? "",
    sms_url: addresses.smsUrl ?? "",
    status_callback: addresses.statusCallback ?? "",
  });

  return {
    async fetch(request) {
      try {
        return await answer(request);
      } catch (error) {
        if (error instanceof TwilioError) return refusal(error);
        throw error;
      }
    },
    close() {
      for (const release of releases) release();
      for (const call of calls.values()) call.hangUp();
    },
  };
}

const newSid = (prefix: "CA" | "MZ" | "PN" | "SM"): string => `${prefix}${randomBytes(16).toString("hex")}`;

function toldBy(form: URLSearchParams): { twiml: string | undefined; url: string | undefined } {
  return { twiml: form.get("Twiml") ?? undefined, url: form.get("Url") ?? undefined };
}

function requireAccount(authorization: string | null, { accountSid, authToken }: TwilioArgs): void {
  const given = Buffer.from(authorization ?? "");
  const known = Buffer.from(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`);
  if (given.length !== known.length || !timingSafeEqual(given, known)) throw new TwilioError(401, 20_003, "Authenticate");
}

function refusal({ status, code, message }: TwilioError): Response {
  const headers: Record<string, string> = status === 401 ? { "www-authenticate": 'Basic realm="Twilio API"' } : {};
  return Response.json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, { status, headers });
}
