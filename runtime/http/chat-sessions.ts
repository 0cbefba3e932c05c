/** A person's own session: what was said and what it cost so far, and its end. For staff, the list of all, without a word of any. */
import { Hono } from "hono";
import { z } from "zod";
import { leftUsd } from "../chat/allowance.ts";
import { listSessions } from "../chat/listing.ts";
import { isOwn } from "../chat/ownership.ts";
import { roundedUsd } from "../chat/price.ts";
import { callId, turnId } from "../chat/record.ts";
import { isKept } from "../chat/session.ts";
import type { Services } from "../services/services.ts";
import { checked, type Desk, notNow, serviceIdSchema, sessionIdSchema } from "./chat-desk.ts";
import { type Door, staff, type Web } from "./staff.ts";

const listing = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });
const which = z.object({ sessionId: sessionIdSchema, after: serviceIdSchema.optional() });

/** How long a question waits for what the bridge is about to keep, and how long between two looks: most of it is there soon. */
const settledWithinMs = 5_000;
const firstPauseMs = 200;
const longestPauseMs = 1_000;

export function chatSessionRoutes(services: Services, desk: Desk, door: Door): Hono<Web> {
  const { documents, sideband, realtimeCalls, publisher, now, pause, log } = services;
  const { someone } = desk;
  const app = new Hono<Web>();

  async function settled(sessionId: string, after: string): Promise<boolean> {
    const untilMs = now().getTime() + settledWithinMs;
    let pauseMs = firstPauseMs;
    while (!(await isKept(documents, sessionId, after))) {
      const leftMs = untilMs - now().getTime();
      if (leftMs <= 0) return false;
      await pause(Math.min(pauseMs, leftMs));
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    }
    return true;
  }

  app.get("/api/chat/sessions/:id", someone, async (context) => {
    const { sessionId, after } = checked(which, { ...context.req.query(), sessionId: context.req.param("id") });
    const userId = context.var.person.id;
    // Whoever's it is not waits for nothing, and is refused.
    const waits = after !== undefined && (await isOwn(documents, sessionId, userId));
    const isSettled = !waits || (await settled(sessionId, after));
    const { turns, usages, calls, costUsd, strongCostUsd } = await desk.own(sessionId, userId);
    const endedBy = calls.some(({ ended_at }) => ended_at === undefined) ? undefined : calls.at(-1)?.ended_by;
    const budgetLeftUsd = await leftUsd(documents, desk.options, { sessionId, userId, costUsd }, now());
    return context.json({
      sessionId,
      turns: turns.map(({ id, turn, deployment, choice, at, carried }) => ({
        id: id.slice(turnId("").length),
        ...turn,
        ...(deployment === undefined ? {} : { model: deployment }),
        ...(choice === undefined ? {} : { choice }),
        at,
        ...(carried ? { carried } : {}),
      })),
      answers: usages.filter(({ kind }) => kind !== "transcription").length,
      costUsd: roundedUsd(costUsd),
      strongCostUsd: roundedUsd(strongCostUsd),
      savedUsd: roundedUsd(strongCostUsd - costUsd),
      budgetLeftUsd: roundedUsd(budgetLeftUsd),
      settled: isSettled,
      // Of the newest voice connection, once all have ended: one that came to nothing leaves the one before it.
      ...(endedBy === undefined ? {} : { endedBy }),
    });
  });

  app.post("/api/chat/sessions/:id/end", someone, async (context) => {
    const { sessionId } = checked(which, { sessionId: context.req.param("id") });
    const userId = context.var.person.id;
    const { calls } = await desk.own(sessionId, userId);
    const live = calls.filter(({ ended_at }) => ended_at === undefined).map(({ id }) => id.slice(callId("").length));
    const ends = await Promise.allSettled([...live.map(hungUp), publisher.leave(userId, sessionId)]);
    if (ends.some(({ status }) => status === "rejected")) {
      log.error("a chat session was not ended");
      throw notNow("The session could not be ended.");
    }
    return context.body(null, 204);
  });

  /** By the bridge, which keeps why; by ourselves where no bridge answers. */
  const hungUp = (call: string): Promise<void> =>
    sideband.end({ callId: call, by: "person" }).catch(() => realtimeCalls.hangUp(call));

  app.get("/chat/sessions", staff(door, "viewer"), async (context) => {
    const { limit } = checked(listing, context.req.query());
    return context.json(await listSessions(documents, { limit, now: now() }));
  });
  return app;
}
