/** Which model answers a message, and where the dial stands. */
import { Hono } from "hono";
import { z } from "zod";
import { before, keepTurn, noteStrong } from "../chat/session.ts";
import { curve } from "../router/dial.ts";
import type { Services } from "../services/services.ts";
import { json } from "./body.ts";
import { asking, checked, type Desk, serviceIdSchema } from "./chat-desk.ts";
import { tellSession } from "./chat-news.ts";
import type { Web } from "./staff.ts";

const ask = z.object({
  ...asking,
  /** The realtime item of a spoken message. */
  itemId: serviceIdSchema.optional(),
  medium: z.enum(["audio", "text"]).default("audio"),
});

export function chatRouterRoutes(services: Services, desk: Desk): Hono<Web> {
  const { settings, documents, now, newId } = services;
  const { someone } = desk;
  const app = new Hono<Web>();

  app.post("/api/ModelRouter", someone, async (context) => {
    const { sessionId, continues, itemId = newId(), dial, ...asked } = checked(ask, await json(context));
    const found = await desk.session({ sessionId, continues }, context.var.person.id);
    const session = desk.turned(before(itemId, found), dial);
    const decision = desk.decide(asked, session, await desk.allowance(session));
    await desk.keep(found, dial);
    const { choice, score, confidence, reasons, expectedCostUsd, deployment, quality, cost } = decision;
    const said = { itemId, at: now(), persona: "human", content: asked.message, deployment, choice } as const;
    await Promise.all([
      keepTurn(documents, session.sessionId, said),
      ...(choice === "strong" ? [noteStrong(documents, session.sessionId)] : []),
      tellSession(services, session, { type: "decision", itemId, model: deployment, choice, reasons }),
    ]);
    const endpoint = new URL("/api/realtime/calls", settings.FUNCTIONS_URL);
    endpoint.search = new URLSearchParams({ choice, sessionId: session.sessionId }).toString();
    return context.json({
      model: deployment,
      choice,
      score,
      confidence,
      reasons,
      complexity: score,
      cost_optimization: `${choice} model: ${choice === "cheap" ? "enough" : "needed"} for this message as the dial stands`,
      expectedCostUsd,
      // Against answering this message with the strong model.
      expectedSaving: choice === "cheap" ? Math.max(0, 1 - expectedCostUsd.cheap / expectedCostUsd.strong) : 0,
      sessionId: session.sessionId,
      webrtcEndpoint: endpoint.href,
      quality,
      cost,
    });
  });

  app.get("/api/chat/dial", someone, (context) =>
    context.json({
      free: desk.options.dial_free,
      at: desk.options.dial,
      curves: { audio: curve("audio"), text: curve("text") },
    }),
  );
  return app;
}
