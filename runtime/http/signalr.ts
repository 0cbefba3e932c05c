/** The chat's SignalR: a browser's way in, and messages to oneself or one's own session. */
import { Hono, type MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { z } from "zod";
import { chatOptions } from "../chat/options.ts";
import { isOwn } from "../chat/ownership.ts";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { json } from "./body.ts";
import { checked, messageSchema, notNow, sessionIdSchema } from "./chat-desk.ts";
import { openPace, paced } from "./chat-pace.ts";
import { signalREvents } from "./signalr-events.ts";
import { type Door, principal, type Web } from "./staff.ts";

/** Whatever else a body says, such as whose it is, is passed over: the principal says that. */
const publicationSchema = z.object({
  message: messageSchema,
  sessionId: sessionIdSchema.optional(),
  model: z.string().max(100).optional(),
});

export function signalRRoutes(services: Services, door: Door): Hono<Web> {
  const { settings, documents, publisher, now, log } = services;
  const pace = openPace(services);
  const someone = every(principal(door, chatOptions(settings)), paced(pace));
  const app = new Hono<Web>();

  /** What to do when SignalR does not: the log says what could not be done, the person that they may try again. */
  const unreachable = (what: string) => (error: unknown) => {
    log.error({ kind: error instanceof Error ? error.name : "Error" }, what);
    throw notNow("Messages cannot be delivered at the moment.");
  };

  const negotiate: MiddlewareHandler<Web> = async (context) => {
    const { id } = context.var.person;
    return context.json(await publisher.negotiate(id).catch(unreachable("a browser could not be let into SignalR")));
  };
  app.post("/api/SignalRInfo", someone, negotiate);
  // What the official client asks when it is given the address above.
  app.post("/api/SignalRInfo/negotiate", someone, negotiate);

  app.post("/api/SignalRMessages", someone, async (context) => {
    const { sessionId, message, model } = checked(publicationSchema, await json(context));
    const userId = context.var.person.id;
    const said = { type: "ai-response", message, ...(model ? { model } : {}), timestamp: now().toISOString() };
    const failed = unreachable("a message could not be published");
    if (sessionId === undefined) {
      await publisher.sendToUser(userId, "messageReceived", said).catch(failed);
      return context.json({ status: "Message sent", to: "user" });
    }
    if (!(await isOwn(documents, sessionId, userId)))
      throw new Problem(403, "This session is not one of yours.", ["Leave sessionId out to reach all your own pages."]);
    await publisher.sendToSession({ sessionId, userId }, "messageReceived", { ...said, sessionId }).catch(failed);
    return context.json({ status: "Message sent", to: "session" });
  });

  app.route("/", signalREvents(services, door, pace));
  return app;
}
