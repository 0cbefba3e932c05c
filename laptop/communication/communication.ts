/**
 * Azure Communication Services on the laptop: Call Automation, call recording and SMS behind one address, as the official SDKs call them.
 * Calls come from and go to the laptop's telephone network (laptop/telephone).
 */
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { Service } from "../service.ts";
import type { Exchange } from "../telephone/exchange.ts";
import type { CallAutomationAuthority } from "./authority.ts";
import { CallCenter } from "./call-center.ts";
import { badRequest } from "./failures.ts";
import type { Random } from "./identifiers.ts";
import { operate } from "./operations.ts";
import { sendSms } from "./sms.ts";

/** An event for Event Grid: it adds id, time and source. */
export interface PublishedEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface RecordingStore {
  /** Keeps a finished recording; `containerUrl` is what the app asked for. An address, if it answers (or promises) one, goes into the event. */
  write(name: string, bytes: Uint8Array, containerUrl: string | undefined): unknown;
}

export interface CommunicationArgs {
  readonly access: Access;
  /** ARM id of the resource; the role is looked for here and above. */
  readonly accountId: string;
  /** The audience of everything the resource sends. */
  readonly immutableResourceId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CallAutomationAuthority;
  /** Hands an event to Event Grid, which keeps its own failures: it must not reject. */
  readonly publish: (event: PublishedEvent) => void | Promise<void>;
  readonly exchange: Exchange;
  /** Absent means that recordings cannot be started. */
  readonly recordings?: RecordingStore;
  /** The resource's phone numbers, E.164; `addNumber` adds more. */
  readonly numbers?: readonly string[];
  /** Speaks text prompts; absent means that no speech service is connected. */
  readonly voice?: { speak(text: string): Int16Array };
  /** How callbacks and prompt files are fetched; the platform's own when absent. */
  readonly fetch?: typeof fetch;
}

export interface Communication extends Service {
  /** Gives the resource a phone number: calls and texts to it become events. The returned function releases it. */
  addNumber(number: string): () => void;
}

const need = { audiences: ["https://communication.azure.com"], anyOf: ["Communication and Email Service Owner"] as const };

/** Stable API versions of the Call Automation SDKs; 1.6.0 for JavaScript sends the last. */
const callVersions = ["2023-03-06", "2023-10-15", "2024-04-15", "2024-09-15", "2025-05-15", "2026-03-12"];
/** What @azure/communication-sms 1.1.0 sends. */
const smsVersions = ["2021-03-07"];
const maximumBodyBytes = 1_024 * 1_024;

export function createCommunication(args: CommunicationArgs): Communication {
  const center = new CallCenter(args);
  for (const number of args.numbers ?? []) center.addNumber(number);
  const answered = new Repetitions();

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    await args.access.require(request.headers.get("authorization"), { ...need, scope: args.accountId });
    const sms = url.pathname === "/sms";
    requireVersion(url, sms ? smsVersions : callVersions);
    const body = await readBody(request);
    if (sms) return sendSms(args, center.numbers, request.method, body);
    return operate(center, request.method, decodeURIComponent(url.pathname), body);
  }

  return {
    async fetch(request) {
      try {
        return await answered.once(request.headers.get("repeatability-request-id"), () => answer(request));
      } catch (error) {
        if (error instanceof Refusal) return failure(error);
        throw error;
      }
    },
    addNumber: (number) => center.addNumber(number),
    close: () => center.close(),
  };
}

function requireVersion(url: URL, known: readonly string[]): void {
  const version = url.searchParams.get("api-version");
  if (!version)
    throw new Refusal(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  if (!known.includes(version))
    throw new Refusal(
      400,
      "UnsupportedApiVersionValue",
      `The api-version "${version.slice(0, 32)}" is not supported; supported are ${known.join(", ")}.`,
    );
}

async function readBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > maximumBodyBytes) throw new Refusal(413, "RequestEntityTooLarge", "The request body is larger than 1 MiB.");
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("The request body is not JSON.");
  }
}

/** The service's own error shape, with its code for a caller it does not let in. */
function failure({ status, code, message }: Refusal): Response {
  const serviceCode = status === 401 ? "Denied" : status === 403 ? "Forbidden" : code;
  return Response.json({ error: { code: serviceCode, message } }, { status, headers: { "x-ms-error-code": serviceCode } });
}

/** Requests whose first answer counts: a retry with the same id is answered again, and done once. */
class Repetitions {
  readonly #answers = new Map<string, Promise<{ status: number; body: string }>>();

  async once(id: string | null, act: () => Promise<Response>): Promise<Response> {
    if (!id) return act();
    const kept = this.#answers.get(id) ?? act().then(async (answer) => ({ status: answer.status, body: await answer.text() }));
    this.#answers.set(id, kept);
    if (this.#answers.size > 1_000) this.#answers.delete(this.#answers.keys().next().value!);
    try {
      const { status, body } = await kept;
      return new Response(body || null, { status, headers: { "content-type": "application/json; charset=utf-8" } });
    } catch (error) {
      // What was refused was not done: it may be tried again.
      this.#answers.delete(id);
      throw error;
    }
  }
}
