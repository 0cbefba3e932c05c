/**
 * What SignalR tells of its clients (its "upstream"): who came and went, and what they ask. Source: learn.microsoft.com/azure/azure-signalr,
 * concept-upstream. It shows a token of its own identity with each event and asks for no handshake before the first.
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { isOwn } from "../chat/ownership.ts";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { json } from "./body.ts";
import { checked, messageSchema, sessionIdSchema } from "./chat-desk.ts";
import type { Pace } from "./chat-pace.ts";
import type { Door, Web } from "./staff.ts";

/** An invocation carries one message of a person's at most, of 8000 characters. */
const largestEvent = 40 * 1_024;
const recordSeparator = "\u001e";

/** What a connection's end says; the service writes names with a capital in one place of its documentation and without in another. */
const goodbyeSchema = z.object({ error: z.string().nullish(), Error: z.string().nullish() });
const invocationSchema = z.object({
  invocationId: z.string().max(100).nullish(),
  target: z.string(),
  arguments: z.array(z.unknown()).default([]),
});
const sessionArguments = z.tuple([sessionIdSchema]);
const sayArguments = z.tuple([sessionIdSchema, messageSchema]);

/** `POST /api/signalr/{hub}/{category}/{event}`. */
export function signalREvents(services: Services, { verify }: Door, pace: Pace): Hono<Web> {
  const { settings, documents, publisher, now, log } = services;
  const app = new Hono<Web>();

  /** What clients may invoke, as whom their connection was negotiated; what it answers is the invocation's result. */
  const invocable: Readonly<Record<string, (userId: string, given: readonly unknown[]) => Promise<unknown>>> = {
    async joinSession(userId, given) {
      const [sessionId] = checked(sessionArguments, given);
      await requireOwn(sessionId, userId);
      await publisher.join(userId, sessionId);
      return { status: "Joined", sessionId };
    },
    async leaveSession(userId, given) {
      const [sessionId] = checked(sessionArguments, given);
      await requireOwn(sessionId, userId);
      await publisher.leave(userId, sessionId);
      return { status: "Left", sessionId };
    },
    async say(userId, given) {
      const [sessionId, message] = checked(sayArguments, given);
      await requireOwn(sessionId, userId);
      const said = { type: "said", message, sessionId, timestamp: now().toISOString() };
      await publisher.sendToSession({ sessionId, userId }, "messageReceived", said);
      return { status: "Message sent", sessionId };
    },
  };

  /** An unknown session is refused as another's is, so that asking tells nothing. */
  async function requireOwn(sessionId: string, userId: string): Promise<void> {
    if (await isOwn(documents, sessionId, userId)) return;
    throw new Problem(403, "This session is not one of yours.", ["POST /api/ModelRouter answers with the id of one that is."]);
  }

  /** Whoever leaves on purpose and is nowhere else leaves the sessions too; who is cut off comes back to them, or is out of them in an hour. */
  async function goodbye(context: Context, userId: string): Promise<Response> {
    const said = checked(goodbyeSchema, await json(context));
    if (userId && !(said.error ?? said.Error) && !(await publisher.isConnected(userId))) await publisher.leaveAll(userId);
    return context.body(null, 200);
  }

  async function invocation(context: Context, event: string, userId: string): Promise<Response> {
    const invoked = Object.hasOwn(invocable, event) ? invocable[event] : undefined;
    if (!invoked)
      throw new Problem(404, "There is no such method.", [`Clients may invoke ${Object.keys(invocable).join(", ")}.`]);
    if (!context.req.header("content-type")?.startsWith("application/json"))
      throw new Problem(415, "Clients speak the JSON hub protocol here.", ["Content-Type must be application/json."]);
    const { invocationId, target, arguments: given } = checked(invocationSchema, await json(context));
    if (target !== event)
      throw new Problem(400, "The event and the invocation's target differ.", ["target: must be what the address ends with."]);
    const act = async () => {
      pace(userId);
      return invoked(userId, given);
    };
    const outcome = await act().then(
      (result) => ({ result }),
      (error: unknown) => ({ error: refusalOf(error) }),
    );
    if (!invocationId) return context.body(null, 200);
    return context.body(`${JSON.stringify({ type: 3, invocationId, ...outcome })}${recordSeparator}`, 200, {
      "content-type": "application/json",
    });
  }

  function refusalOf(error: unknown): string {
    if (error instanceof Problem) return [error.message, ...error.details].join(" ");
    log.error({ kind: error instanceof Error ? error.name : "Error" }, "an invocation failed");
    return "Something failed on our side; it is in the log. Try again.";
  }

  app.post(
    "/api/signalr/:hub/:category/:event",
    async (context, next) => {
      const token = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
      const claims = token === undefined ? undefined : await verify(token);
      if (claims?.oid !== settings.SIGNALR_PRINCIPAL_ID)
        throw new Problem(401, "Events are taken from this system's SignalR service alone.", [
          "Its upstream settings name this app's registration as the audience of its managed identity's token.",
        ]);
      return next();
    },
    bodyLimit({
      maxSize: largestEvent,
      onError: () => {
        throw new Problem(413, `An event is larger than ${largestEvent / 1_024} KiB.`, ["Say it in several invocations."]);
      },
    }),
    async (context) => {
      const { hub, category, event } = context.req.param();
      const told = (name: string): string => context.req.header(`x-asrs-${name}`) ?? "";
      if ([hub, told("hub")].some((each) => each.toLowerCase() !== settings.SIGNALR_HUB))
        throw new Problem(403, "This event is of another hub.", [`Events are taken of the hub ${settings.SIGNALR_HUB} alone.`]);
      if (told("category") !== category || told("event") !== event)
        throw new Problem(400, "The address and the headers tell of different events.", [
          "x-asrs-category and x-asrs-event: must be the last two parts of the address.",
        ]);
      const userId = told("user-id");
      if (category === "connections" && event === "connected") return context.body(null, 200);
      if (category === "connections" && event === "disconnected") return goodbye(context, userId);
      if (category !== "messages")
        throw new Problem(404, "There is no such event.", [
          "Events are connections/connected, connections/disconnected and messages/ with a method's name.",
        ]);
      if (!userId)
        throw new Problem(403, "This connection is nobody's.", [
          "Negotiate it at POST /api/SignalRInfo, which says whose it is.",
        ]);
      return invocation(context, event, userId);
    },
  );
  return app;
}
