/** The calls API: dial, list, show, hang up; and the callbacks that tell what became of a call. */
import { Hono } from "hono";
import type { Call } from "../calls/call.ts";
import { callEvent, callEvents, mostEvents } from "../calls/callbacks.ts";
import { hangUp } from "../calls/conclude.ts";
import { dial } from "../calls/dial.ts";
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
    const which = context.req.param("which");
    if (!uuid.test(which))
      throw new Problem(422, "Validation error", ["call_id: must be the UUID that POST /call answered with"]);
    const call = await found(store, which);
    await hangUp(services, call);
    return context.json(viewOf(await found(store, which)));
  });

  app.post("/acs/callback/:callId", async (context) => {
    const token = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (!token || !(await doors.callback(token)))
      throw new Problem(401, "Callbacks carry a token of Call Automation for this resource; this one does not.");
    const events = callEvents(await json(context));
    if (!events)
      throw new Problem(422, "Validation error", [
        `body: must be a JSON array of 1 to ${mostEvents} Call Automation CloudEvents`,
      ]);
    const callId = context.req.param("callId");
    for (const event of events) {
      const call = uuid.test(callId) ? await store.get(callId) : undefined;
      if (!call) throw new Problem(404, "There is no such call.");
      await callEvent(services, call, event);
    }
    log.info({ callId, events: events.length }, "callback taken");
    return context.body(null, 200);
  });
  return app;
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
