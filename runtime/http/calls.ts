/** The calls API: dial, list, show, hang up, speak to the assistant; and the callbacks that tell what became of a call. */
import { Hono } from "hono";
import { z } from "zod";
import type { Call } from "../calls/call.ts";
import { callEvent, callEvents, mostEvents } from "../calls/callbacks.ts";
import { hangUp } from "../calls/conclude.ts";
import { mayWithdraw } from "../calls/consent.ts";
import { dial } from "../calls/dial.ts";
import type { CallNews } from "../calls/news.ts";
import { phoneNumber } from "../calls/phone-number.ts";
import { withdrawRecording } from "../calls/recording-withdrawal.ts";
import type { CallStore } from "../calls/store.ts";
import { isUuid } from "../calls/uuid.ts";
import { viewOf } from "../calls/view.ts";
import { Problem } from "../problem.ts";
import { UnknownContinuation } from "../services/documents.ts";
import type { Services } from "../services/services.ts";
import { json } from "./body.ts";
import { staff, type Web } from "./staff.ts";
import type { Verify } from "./verify.ts";

interface Doors {
  readonly staff: Verify;
  readonly callback: Verify;
}

const mostListed = 100;
const listedByDefault = 20;

export function callRoutes(services: Services, doors: Doors): Hono<Web> {
  const { store, settings, log } = services;
  const door = { verify: doors.staff, functionsUrl: settings.FUNCTIONS_URL };
  const app = new Hono<Web>();

  app.post("/call", staff(door, "supervisor"), async (context) => {
    const key = context.req.header("idempotency-key");
    if (key !== undefined && !/^[\w-]{8,128}$/.test(key))
      throw new Problem(422, "Validation error", ["Idempotency-Key: must be 8 to 128 letters, digits, - or _, such as a UUID"]);
    return context.json(viewOf(await dial(services, await json(context), context.var.person.id, key)), 201);
  });

  app.get("/call", staff(door, "viewer"), async (context) => {
    const { calls, continuation } = await listed(store, (name) => context.req.query(name));
    if (continuation) context.header("x-continuation", continuation);
    return context.json(calls.map(viewOf));
  });

  app.get("/call/:which", staff(door, "viewer"), async (context) =>
    context.json(viewOf(await found(store, context.req.param("which")))),
  );

  app.delete("/call/:which", staff(door, "supervisor"), async (context) => {
    const which = callId(context.req.param("which"));
    await hangUp(services, await found(store, which));
    return context.json(viewOf(await found(store, which)));
  });

  app.post("/call/:which/operator", staff(door, "supervisor"), async (context) => {
    const call = await found(store, callId(context.req.param("which")));
    const command = commanded(await json(context));
    if (command.kind === "stop_recording") return context.json(viewOf(await withdrawn(services, call)));
    if (call.status !== "connected")
      throw new Problem(409, "The call is not in progress.", [`status: ${call.status}; nobody can be told anything.`]);
    if (!(await services.news.publish(call.call_id, command)))
      throw new Problem(503, "The assistant of this call cannot be reached now; it was told nothing.", [
        "Try again in a moment, or end the call with DELETE /call/{call_id}.",
      ]);
    log.info({ callId: call.call_id, command: command.kind }, "a supervisor spoke to the assistant");
    return context.json(viewOf(call), 202);
  });

  app.post("/acs/callback/:callId", async (context) => {
    await authenticated(doors.callback, context.req.header("authorization"), log);
    const read = callEvents(await json(context));
    if (!read)
      throw new Problem(400, "Validation error", [
        `body: must be a JSON array of 1 to ${mostEvents} Call Automation CloudEvents, each with an id and data.callConnectionId`,
      ]);
    const which = context.req.param("callId").toLowerCase();
    let taken = 0;
    for (const event of read.events) {
      const call = isUuid(which) ? await store.get(which) : undefined;
      if (call && (await callEvent(services, call, event))) taken++;
    }
    const { unreadable } = read;
    const foreign = read.events.length - taken;
    if (foreign + unreadable > 0) log.warn({ foreign, unreadable }, "callback events were passed over");
    // One answer for a call that is not there and one that is not theirs: it tells nobody which calls there are.
    if (taken === 0) throw new Problem(404, "There is no such call.");
    return context.body(null, 200);
  });
  return app;
}

/** Lets in who brings a token of Call Automation. Throws `Problem` 401, or 503 while the issuer's keys cannot be had. */
async function authenticated(verify: Verify, authorization: string | undefined, log: Services["log"]): Promise<void> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  const refuse = (): never => {
    log.warn("a callback was refused: nobody's token");
    throw new Problem(401, "Callbacks carry a token of Call Automation for this resource; this one does not.");
  };
  if (!token) return refuse();
  const claims = await verify(token).catch(() => {
    log.error("a callback was refused: the keys of Call Automation cannot be had");
    throw new Problem(503, "The keys that callbacks are signed with cannot be had now; try again.");
  });
  if (!claims) refuse();
}

const commandSchema = z.discriminatedUnion("command", [
  z.object({ command: z.literal("whisper"), text: z.string().trim().min(1).max(2_000) }),
  z.object({ command: z.literal("end") }),
  z.object({ command: z.literal("stop_recording") }),
]);

/** What a supervisor asks of the assistant, or for the caller. Throws `Problem` 422. */
function commanded(body: unknown): CallNews | { readonly kind: "stop_recording" } {
  const read = commandSchema.safeParse(body);
  if (!read.success)
    throw new Problem(422, "Validation error", [
      'body: must be {"command": "whisper", "text": 1 to 2000 characters}, {"command": "end"} or {"command": "stop_recording"}',
    ]);
  const { command, ...rest } = read.data;
  return { kind: command, ...rest } as CallNews;
}

/** A supervisor ends the call's recording, as the caller wishes. Throws `Problem` 409 when there is none, 503 when the service does not end it. */
async function withdrawn(services: Services, call: Call): Promise<Call> {
  const { flags, log } = services;
  const { recording_withdrawn: before } = call;
  if (before && before.recording !== "being stopped") return call;
  if (!before && !mayWithdraw(call, await flags()))
    throw new Problem(409, "This call is not recorded.", [
      "Only a call in progress on a line of Communication Services is, once its caller has agreed or nobody has to be asked.",
    ]);
  try {
    await withdrawRecording(services, call.call_id, "supervisor");
  } catch {
    log.error({ callId: call.call_id }, "a recording could not be ended at once; it is tried every minute");
    throw new Problem(503, "The recording could not be ended now.", [
      "It is tried again every minute; the call's report shows when it has.",
    ]);
  }
  log.info({ callId: call.call_id }, "a supervisor ended a recording");
  return (await services.store.get(call.call_id)) ?? call;
}

function callId(which: string): string {
  const id = which.toLowerCase();
  if (isUuid(id)) return id;
  throw new Problem(422, "Validation error", ["call_id: must be the UUID that POST /call answered with"]);
}

/** The call a path names: a call id, or a phone number for its latest call. Throws `Problem` 404 or 422. */
export async function found(store: CallStore, which: string): Promise<Call> {
  const id = which.toLowerCase();
  if (isUuid(id)) {
    const call = await store.get(id);
    if (call) return call;
    throw new Problem(404, "There is no such call.", ["Calls are kept for the days that the stack's retention says."]);
  }
  const call = await store.latestFor(numberOf(which));
  if (call) return call;
  throw new Problem(404, "There is no call with this number.");
}

/** Query of a list: `phone_number`, `limit` (1 to 100, else 20), `continuation`. Throws `Problem` 422. */
export async function listed(store: CallStore, query: (name: string) => string | undefined) {
  const limit = Number(query("limit") ?? listedByDefault);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostListed)
    throw new Problem(422, "Validation error", [`limit: must be a whole number from 1 to ${mostListed}`]);
  const phone = query("phone_number");
  const continuation = query("continuation");
  try {
    return await store.list({
      limit,
      ...(phone ? { phoneNumber: numberOf(phone) } : {}),
      ...(continuation ? { continuation } : {}),
    });
  } catch (error) {
    if (error instanceof UnknownContinuation) throw new Problem(422, "Validation error", [`continuation: ${error.message}`]);
    throw error;
  }
}

/** A `+` in a query reads as a space. */
function numberOf(text: string): string {
  const number = phoneNumber(text.replace(/^ /, "+").trim());
  if (!number)
    throw new Problem(422, "Validation error", [
      "phone_number: must be a possible phone number in E.164, such as +33612345678, or a call id",
    ]);
  return number.e164;
}
