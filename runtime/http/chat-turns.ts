/** Conversation in words, without WebRTC: a message in, an answer out. */
import { Hono } from "hono";
import { z } from "zod";
import { enter } from "../chat/account.ts";
import { withMoneyHeld } from "../chat/allowance.ts";
import { costOf, mostCostUsd, roundedUsd } from "../chat/price.ts";
import { turnId } from "../chat/record.ts";
import { before, type ChatSession, keepTurn, keepUsage } from "../chat/session.ts";
import type { Dial } from "../chat-options.ts";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { statusOf } from "../services/status-of.ts";
import { longestAnswer, type TextAnswer, type TextAsk, type TextUse, Unanswered } from "../services/text-models.ts";
import { json } from "./body.ts";
import { asking, checked, type Desk, noDeployment, serviceIdSchema, tooLong } from "./chat-desk.ts";
import { tellSession } from "./chat-news.ts";
import type { Web } from "./staff.ts";

const ask = z.object({
  ...asking,
  /** The message's id, where it has one already: one that was routed to a voice model that did not answer is kept once. */
  itemId: serviceIdSchema.max(100, { error: tooLong }).optional(),
});

/**
 * How many turns at least the model is reminded of; older ones cost more with every answer than they help. They are left out this many at a
 * time, so that in between a conversation begins as it did before, which the service has cached.
 */
const remindedTurns = 20;

export function chatTurnRoutes(services: Services, desk: Desk): Hono<Web> {
  const { documents, textModels, now, newId, log } = services;
  const { instructions } = desk.options;
  const app = new Hono<Web>();

  app.post("/api/chat/turns", desk.someone, async (context) => {
    const { itemId = newId(), message, task, dial, ...which } = checked(ask, await json(context));
    const found = await desk.session(which, context.var.person.id);
    if (found.turns.some(({ id }) => id === turnId(answerTo(itemId))))
      throw new Problem(
        409,
        "This message has its answer already.",
        [`GET /api/chat/sessions/${found.sessionId} has it; leave itemId out to ask anew.`],
        undefined,
        "answered-already",
      );
    const session = desk.turned(before(itemId, found), dial);
    const decision = desk.decide({ message, task, medium: "text" }, session, await desk.allowance(session));
    const { choice } = decision;
    const turns = session.turns.slice(forgotten(session.turns.length)).map(({ turn }) => turn);
    const planned = {
      id: newId(),
      expectedUsd: decision.expectedCostUsd[choice],
      mostUsd: mostCostUsd(choice, {
        characters: lengthOf([instructions, message, ...turns.map(({ content }) => content)]),
        answerTokens: longestAnswer,
      }),
    };
    const answer = await withMoneyHeld(documents, desk.options, session, planned, now, () =>
      answered(found, { itemId, dial }, { choice, instructions, turns, message }),
    );
    const { costUsd, strongCostUsd } = costOf({ kind: "text", ...answer });
    const { text, deployment, model } = answer;
    await tellSession(services, session, { type: "ai-response", message: text, model, itemId: answerTo(itemId) });
    return context.json({
      answer: text,
      itemId: answerTo(itemId),
      model,
      deployment,
      choice: answer.choice,
      score: decision.score,
      confidence: decision.confidence,
      reasons: decision.reasons,
      costUsd: roundedUsd(costUsd),
      savedUsd: roundedUsd(strongCostUsd - costUsd),
      sessionId: session.sessionId,
    });
  });

  /** Has a model answer, and keeps what was said and used. Throws `Problem`. */
  async function answered(
    session: ChatSession,
    { itemId, dial }: { readonly itemId: string; readonly dial: Dial | undefined },
    asked: TextAsk,
  ): Promise<TextAnswer> {
    const askedAt = now();
    const answer = await textModels.answer(asked).catch(async (error: unknown) => {
      log.error({ status: statusOf(error) }, "a chat message was not answered");
      if (error instanceof Unanswered && error.used) await meter(session, error.used);
      throw problemOf(error);
    });
    // The usage first: what is told to be kept is paid for.
    await meter(session, answer, dial);
    const { text, deployment, choice } = answer;
    const said = { deployment, choice };
    // Never in the same moment as what it answers, which their order is kept by.
    const at = new Date(Math.max(now().getTime(), askedAt.getTime() + 1));
    const { sessionId } = session;
    await keepTurn(documents, sessionId, { itemId, at: askedAt, persona: "human", content: asked.message, ...said });
    await keepTurn(documents, sessionId, { itemId: answerTo(itemId), at, persona: "assistant", content: text, ...said });
    return answer;
  }

  /**
   * Under an id of its own: the same message sent twice, or again after a refusal, is paid for as often as a model was asked. That is so, too,
   * where somebody else has made a session of this id meanwhile. Throws `Problem` 403 then.
   */
  async function meter(session: ChatSession, { deployment, choice, usage, routedTo }: TextUse, dial?: Dial): Promise<void> {
    const { sessionId, userId } = session;
    const used = { of: newId(), at: now(), kind: "text", deployment, choice, usage, routedTo } as const;
    await desk.keep(session, dial).catch(async (error: unknown) => {
      await enter(documents, userId, used.at, { sessionId, of: used.of, costUsd: costOf(used).costUsd });
      throw error;
    });
    await keepUsage(documents, sessionId, used);
  }
  return app;
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, each) => sum + each.length, 0);

const forgotten = (turns: number): number => Math.max(0, Math.floor(turns / remindedTurns) - 1) * remindedTurns;

const answerTo = (itemId: string): string => `${itemId}-answer`;

function problemOf(error: unknown): Problem {
  if (error instanceof Unanswered && error.filtered)
    return new Problem(422, "The model service's content filter refused this message.", ["message: say it in other words"]);
  if (error instanceof Unanswered) return new Problem(502, "The model gave no answer.", ["Try again, or say it in other words."]);
  return noDeployment(error) ?? new Problem(502, "The model service did not answer.", ["Try again."]);
}
