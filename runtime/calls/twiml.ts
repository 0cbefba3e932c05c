/** What Twilio is told to do with a call, in its own language (Twilio docs, "TwiML for Programmable Voice"), and where it reports. */

/** Public addresses of both apps. */
export interface TwilioPlaces {
  readonly FUNCTIONS_URL: string;
  readonly BRIDGE_URL: string;
}

/** Where one call is reported to, and where its sound goes: addresses hold the call's id and nothing of anyone. */
export function twilioAddresses(callId: string, { FUNCTIONS_URL, BRIDGE_URL }: TwilioPlaces) {
  const functions = FUNCTIONS_URL.replace(/\/$/, "");
  const bridge = BRIDGE_URL.replace(/\/$/, "").replace(/^http/, "ws");
  return {
    status: `${functions}/twilio/status/${callId}`,
    stream: `${functions}/twilio/stream/${callId}`,
    line: `${functions}/twilio/line/${callId}`,
    transferred: `${functions}/twilio/transferred/${callId}`,
    media: `${bridge}/twilio/media/${callId}`,
  };
}

/** Said by Twilio's own voice, so that it is heard also when the bridge is not there. */
export interface Saying {
  readonly text: string;
  /** BCP 47. */
  readonly language: string;
}

export interface Connection {
  readonly callId: string;
  /** Opens the socket once. */
  readonly nonce: string;
  readonly first?: Saying;
  readonly pauseSeconds?: number;
}

const document = (...verbs: string[]): string => `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs.join("")}</Response>`;

/**
 * Connects the caller's sound to the bridge, both ways. When the stream ends and the call does not, Twilio asks what to do next at `line`.
 * The nonce is a parameter because a stream's address can have no query.
 */
export function connectTwiml({ callId, nonce, first, pauseSeconds = 0 }: Connection, places: TwilioPlaces): string {
  const { media, stream, line } = twilioAddresses(callId, places);
  return document(
    first ? say(first) : "",
    pauseSeconds > 0 ? `<Pause length="${pauseSeconds}"/>` : "",
    `<Connect><Stream url="${escaped(media)}" statusCallback="${escaped(stream)}" statusCallbackMethod="POST"><Parameter name="nonce" value="${escaped(nonce)}"/></Stream></Connect>`,
    `<Redirect method="POST">${escaped(line)}</Redirect>`,
  );
}

/** Rings `to` for the caller, showing `from`; what becomes of it is asked about at `transferred`. */
export function dialTwiml(
  { callId, to, from, ringSeconds }: { callId: string; to: string; from: string; ringSeconds: number },
  places: TwilioPlaces,
): string {
  const { transferred } = twilioAddresses(callId, places);
  return document(
    `<Dial action="${escaped(transferred)}" method="POST" callerId="${escaped(from)}" timeout="${ringSeconds}"><Number>${escaped(to)}</Number></Dial>`,
  );
}

/** Ends the call, after a last word if there is one. */
export const hangUpTwiml = (last?: Saying): string => document(last ? say(last) : "", "<Hangup/>");

/** Does not pick up; nobody is charged. */
export const rejectTwiml = (): string => document('<Reject reason="rejected"/>');

/** Nothing to do or to say. */
export const emptyTwiml = (): string => document();

const say = ({ text, language }: Saying): string => `<Say language="${escaped(language)}">${escaped(text)}</Say>`;

const marks: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Characters that XML does not know at all are left out. */
const escaped = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "").replace(/[&<>"']/g, (each) => marks[each] ?? "");
