/** The calls API: dial, list, show, hang up, speak to the assistant; and the callbacks that tell what became of a call. */
import { Hono } from "hono";
import { z } from "zod";
import type { Call } from "../calls/call.ts";
import { callEvent, callEvents, mostEvents } from "../calls/callbacks.ts";
import { hangUp } from "../calls/conclude.ts";
import { dial } from "../calls/dial.ts";
import type { CallNews } from "../calls/news.ts";
import { phoneNumber } from "../calls/phone-number.ts";
import type { CallStore } from "../calls/store.ts";
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

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
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
    // One person's keys are not another's.
    const repeatable = key && `${context.var.person.id} ${key}`;
    return context.json(viewOf(await dial(services, await json(context), repeatable)), 201);
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
    const news = commanded(await json(context));
    if (call.status !== "connected")
      throw new Problem(409, "The call is not in progress.", [`status: ${call.status}; nobody can be told anything.`]);
    if (!(await services.news.publish(call.call_id, news)))
      throw new Problem(503, "The assistant of this call cannot be reached now; it was told nothing.", [
        "Try again in a moment, or end the call with DELETE /call/{call_id}.",
      ]);
    log.info({ callId: call.call_id, command: news.kind }, "a supervisor spoke to the assistant");
    return context.json(viewOf(call), 202);
  });

  app.post("/acs/callback/:callId", async (context) => {
    await authenticated(doors.callback, context.req.header("authorization"), log);
    const read = callEvents(await json(context));
    if (!read)
      throw new Problem(400, "Validation error", [
        `body: must be a JSON array of 1 to ${mostEvents} Call Automation CloudEvents, each with an id and data.callConnectionId`,
      ]);
    const which = context.req.param("callId");
    let taken = 0;
    for (const event of read.events) {
      const call = uuid.test(which) ? await store.get(which.toLowerCase()) : undefined;
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
]);

/** What a supervisor asks of the assistant. Throws `Problem` 422. */
function commanded(body: unknown): CallNews {
  const read = commandSchema.safeParse(body);
  if (!read.success)
    throw new Problem(422, "Validation error", [
      'body: must be {"command": "whisper", "text": 1 to 2000 characters} or {"command": "end"}',
    ]);
  const { command, ...rest } = read.data;
  return { kind: command, ...rest } as CallNews;
}

function callId(which: string): string {
  if (uuid.test(which)) return which;
  throw new Problem(422, "Validation error", ["call_id: must be the UUID that POST /call answered with"]);
}

/** The call a path names: a call id, or a phone number for its latest call. Throws `Problem` 404 or 422. */
export async function found(store: CallStore, which: string): Promise<Call> {
  if (uuid.test(which)) {
    const call = await store.get(which.toLowerCase());
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
