/** Conversation in words, without WebRTC: a message in, an answer out. */

import { Hono } from "hono";
import { z } from "zod";
import { accountOf, hold, release } from "../chat/account.ts";
import { exhausted } from "../chat/budget.ts";
import { costOf, roundedUsd } from "../chat/price.ts";
import { turnId } from "../chat/record.ts";
import { before, type ChatSession, keepTurn, keepUsage } from "../chat/session.ts";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { statusOf } from "../services/status-of.ts";
import { type TextAnswer, type TextUse, Unanswered } from "../services/text-models.ts";
import { json } from "./body.ts";
import { checked, type Desk, dialAsked, messageSchema, noDeployment, serviceIdSchema, sessionIdSchema } from "./chat-desk.ts";
import { tellSession } from "./chat-news.ts";
import { type Door, principal, type Web } from "./staff.ts";

const ask = z.object({
  message: messageSchema,
  sessionId: sessionIdSchema.optional(),
  /** The message's id, where it has one already: one that was routed to a voice model that did not answer is kept once. */
  itemId: serviceIdSchema.max(100, "must be at most 100 characters").optional(),
  task: z.string().max(64, "must be at most 64 characters").optional(),
  dial: dialAsked.optional(),
});

/**
 * How many turns at least the model is reminded of; older ones cost more with every answer than they help. They are left out this many at a
 * time, so that in between a conversation begins as it did before, which the service has cached.
 */
const remindedTurns = 20;

export function chatTurnRoutes(services: Services, desk: Desk, door: Door): Hono<Web> {
  const { documents, textModels, now, newId, log } = services;
  const app = new Hono<Web>();

  /** Does the work with its money held. Throws `Problem` 402 or 429 when, with what others hold, too little is left. */
  async function paid<Done>({ sessionId, userId }: ChatSession, usd: number, work: () => Promise<Done>): Promise<Done> {
    const account = accountOf(userId, now());
    const id = newId();
    const held = { id, sessionId, usd, now: now() };
    const refusal = await hold(documents, account, held, async (others) =>
      exhausted(desk.options, await desk.own(sessionId, userId), others, now()),
    );
    if (refusal) throw refusal;
    try {
      return await work();
    } finally {
      await release(documents, account, id, now());
    }
  }

  app.post("/api/chat/turns", principal(door, desk.options), async (context) => {
    const { sessionId: asked, itemId = newId(), dial, ...rest } = checked(ask, await json(context));
    const opened = await desk.opened(asked, context.var.person.id);
    if (opened.turns.some(({ id }) => id === turnId(answerTo(itemId))))
      throw new Problem(409, "This message has its answer already.", [
        `GET /api/chat/sessions/${opened.sessionId} has it; leave itemId out to ask anew.`,
      ]);
    const session = await desk.turned(before(itemId, opened), dial);
    const { sessionId } = session;
    const decision = desk.decide({ ...rest, medium: "text" }, session, await desk.allowance(session));
    const askedAt = now();
    const answer = await paid(session, decision.expectedCostUsd[decision.choice], async () => {
      const answer = await textModels
        .answer({
          choice: decision.choice,
          instructions: desk.options.instructions,
          turns: session.turns.slice(forgotten(session.turns.length)).map(({ turn }) => turn),
          message: rest.message,
        })
        .catch(async (error: unknown) => {
          log.error({ status: statusOf(error) }, "a chat message was not answered");
          if (error instanceof Unanswered && error.used) await meter(sessionId, error.used);
          throw problemOf(error);
        });
      await keep(sessionId, itemId, askedAt, rest.message, answer);
      return answer;
    });
    const { text, deployment, model, choice } = answer;
    const { costUsd, strongCostUsd } = costOf({ kind: "text", ...answer });
    await tellSession(services, session, { type: "ai-response", message: text, model, itemId: answerTo(itemId) });
    return context.json({
      answer: text,
      itemId: answerTo(itemId),
      model,
      deployment,
      choice,
      score: decision.score,
      confidence: decision.confidence,
      reasons: decision.reasons,
      costUsd: roundedUsd(costUsd),
      savedUsd: roundedUsd(strongCostUsd - costUsd),
      sessionId,
    });
  });

  /** Under an id of its own: the same message sent twice, or again after a refusal, is paid for as often as a model was asked. */
  async function meter(sessionId: string, { deployment, choice, usage, routedTo }: TextUse): Promise<void> {
    const used = { of: newId(), at: now(), kind: "text", deployment, choice, usage, routedTo } as const;
    await keepUsage(documents, sessionId, used);
  }

  /** The usage first: what is told to be kept is paid for. */
  async function keep(sessionId: string, itemId: string, askedAt: Date, message: string, answer: TextAnswer): Promise<void> {
    await meter(sessionId, answer);
    const { text, deployment, choice } = answer;
    const said = { deployment, choice };
    // Never in the same moment as what it answers, which their order is kept by.
    const at = new Date(Math.max(now().getTime(), askedAt.getTime() + 1));
    await keepTurn(documents, sessionId, { itemId, at: askedAt, persona: "human", content: message, ...said });
    await keepTurn(documents, sessionId, { itemId: answerTo(itemId), at, persona: "assistant", content: text, ...said });
  }
  return app;
}

const forgotten = (turns: number): number => Math.max(0, Math.floor(turns / remindedTurns) - 1) * remindedTurns;

const answerTo = (itemId: string): string => `${itemId}-answer`;

function problemOf(error: unknown): Problem {
  if (error instanceof Unanswered && error.filtered)
    return new Problem(422, "The model service's content filter refused this message.", ["message: say it in other words"]);
  if (error instanceof Unanswered) return new Problem(502, "The model gave no answer. Try again, or say it in other words.");
  return noDeployment(error) ?? new Problem(502, "The model service did not answer. Try again.");
}
