/** The chat's API: which model answers, a browser's way into SignalR and WebRTC, messages to one person or session, and the list of sessions. */
import { Hono } from "hono";
import { z } from "zod";
import { listSessions } from "../chat/listing.ts";
import { savingOfCheap } from "../chat/price.ts";
import { openSession } from "../chat/session.ts";
import { Problem } from "../problem.ts";
import { type Choice, route } from "../router/route.ts";
import { ModelRefusal } from "../services/openai.ts";
import type { Services } from "../services/services.ts";
import { json } from "./body.ts";
import { staff, type Web } from "./staff.ts";
import type { Verify } from "./verify.ts";

const sessionId = z.string().regex(/^[\w-]{8,64}$/, "must be 8 to 64 letters, digits, - or _");
const ask = z.object({
  message: z.string().trim().min(1, "must say something").max(8_000, "must be at most 8000 characters"),
  sessionId: sessionId.optional(),
});
const publication = z.object({
  message: z.string().min(1, "must say something").max(8_000, "must be at most 8000 characters"),
  sessionId: sessionId.optional(),
  model: z.string().max(100).optional(),
});

const listing = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

const instructions = "You are a helpful assistant in a realtime chat. Answer briefly, in the language you are spoken to.";

export function chatRoutes(services: Services, verify: Verify): Hono<Web> {
  const { settings, documents, publisher, models, sideband, now, newId, log } = services;
  const door = { verify, functionsUrl: settings.FUNCTIONS_URL };
  const someone = staff(door);
  const deployments: Readonly<Record<Choice, string>> = {
    cheap: settings.OPENAI_REALTIME_CHEAP,
    strong: settings.OPENAI_REALTIME_STRONG,
  };
  const app = new Hono<Web>();

  /** The caller's own session. */
  async function own(id: string, userId: string) {
    const session = await openSession(documents, id, userId, now());
    if (!session) throw new Problem(403, "This session is someone else's.", ["Leave sessionId out to open one of your own."]);
    return session;
  }

  app.post("/api/ModelRouter", someone, async (context) => {
    const { message, sessionId } = checked(ask, await json(context));
    const session = await own(sessionId ?? newId(), context.var.person.id);
    const decision = route(message, session.history);
    await session.add({ persona: "human", content: message }, deployments[decision.choice], now());
    return context.json({
      model: deployments[decision.choice],
      ...decision,
      complexity: decision.score,
      cost_optimization:
        decision.choice === "cheap" ? "cheap model: enough for this message" : "strong model: this message needs it",
      // Against answering everything with the strong model, as a share of the audio output's price.
      expectedSaving: decision.choice === "cheap" ? savingOfCheap : 0,
      sessionId: session.sessionId,
      webrtcEndpoint: `${settings.FUNCTIONS_URL.replace(/\/$/, "")}/api/realtime/calls?choice=${decision.choice}&sessionId=${session.sessionId}`,
    });
  });

  app.get("/chat/sessions", staff(door, "viewer"), async (context) => {
    const { limit } = checked(listing, context.req.query());
    const choiceOf = (deployment: string): Choice => (deployment === deployments.strong ? "strong" : "cheap");
    return context.json(await listSessions(documents, { limit, now: now(), choiceOf }));
  });

  app.post("/api/SignalRInfo", someone, async (context) => context.json(await publisher.negotiate(context.var.person.id)));

  app.post("/api/SignalRMessages", someone, async (context) => {
    const { sessionId, message, model } = checked(publication, await json(context));
    const userId = context.var.person.id;
    const said = { type: "ai-response", message, ...(model ? { model } : {}), timestamp: now().toISOString() };
    if (!sessionId) {
      await publisher.sendToUser(userId, "messageReceived", said);
      return context.json({ status: "Message sent", to: "user" });
    }
    await own(sessionId, userId);
    await publisher.join(userId, sessionId);
    await publisher.sendToGroup(sessionId, "messageReceived", { ...said, sessionId });
    return context.json({ status: "Message sent", to: "session" });
  });

  app.post("/api/realtime/calls", someone, async (context) => {
    if (!context.req.header("content-type")?.startsWith("application/sdp"))
      throw new Problem(415, "Send the browser's WebRTC offer.", ["Content-Type must be application/sdp."]);
    const offer = await context.req.text();
    const asked = checked(z.object({ choice: z.enum(["cheap", "strong"]), sessionId }), context.req.query());
    if (!offer.startsWith("v=0"))
      throw new Problem(422, "Validation error", ["body: must be an SDP offer, which begins with v=0"]);
    const session = await own(asked.sessionId, context.var.person.id);
    const deployment = deployments[asked.choice];
    const { answer, callId } = await models.openSession({ deployment, instructions, offer }).catch((error: unknown) => {
      log.error(
        { sessionId: session.sessionId, status: error instanceof ModelRefusal ? error.status : undefined },
        "WebRTC session could not be opened",
      );
      throw new Problem(502, "The model service did not open the session. Try again.");
    });
    await sideband.attach({ callId, sessionId: session.sessionId, deployment }).catch(() => {
      log.error({ sessionId: session.sessionId }, "the bridge did not attach to a session");
      throw new Problem(503, "The session was opened but nothing watches over it, so it is not handed out. Try again.");
    });
    return context.body(answer, 201, { "content-type": "application/sdp" });
  });
  return app;
}

function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new Problem(
    422,
    "Validation error",
    result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`),
  );
}
