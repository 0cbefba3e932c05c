/** What the chat's routes share: the customer's options, the deployments, whose session it is and what it may still cost. */
import { z } from "zod";
import { TokenBuckets } from "../bridge/token-buckets.ts";
import { accountOf, isVisitor, readAccount, visitorsSpentUsd } from "../chat/account.ts";
import { budgetLeft, exhausted, type Left, visitorsExhausted } from "../chat/budget.ts";
import { type Asked, decide, type Pair, type RoutedMessage } from "../chat/decision.ts";
import { chatOptions } from "../chat/options.ts";
import type { Medium } from "../chat/price.ts";
import { type ChatSession, openSession, readSession, turnDial } from "../chat/session.ts";
import { type ChatOptions, type Dial, dialSchema } from "../chat-options.ts";
import { Problem } from "../problem.ts";
import { NoDeployment } from "../services/deployment-health.ts";
import type { Services } from "../services/services.ts";

export const sessionIdSchema = z.string().regex(/^[\w-]{8,64}$/, "must be 8 to 64 letters, digits, - or _");
export const messageSchema = z.string().trim().min(1, "must say something").max(8_000, "must be at most 8000 characters");
/** Ids of the model service's items, answers and calls. */
export const serviceIdSchema = z.string().regex(/^[\w-]{1,128}$/, "must be 1 to 128 letters, digits, - or _");
export const dialAsked = z.custom<Dial>(
  (value) => dialSchema.safeParse(value).success,
  'must be {"spend_at_most": share} or {"keep_at_least": share}, a share being 0 to 1',
);

/** What was given as the schema has it. Throws `Problem` 422 with every fault at once. */
export function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new Problem(
    422,
    "Validation error",
    result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`),
  );
}

/** A session is read whole with every message, and a message that is only routed costs nothing, so no budget bounds them. */
const mostTurns = 1_000;

export interface Desk {
  readonly options: ChatOptions;
  readonly pairs: Readonly<Record<Medium, Pair>>;
  /** The principal's own session, opened when it is new. Throws `Problem` 403. */
  opened(sessionId: string | undefined, userId: string): Promise<ChatSession>;
  /** The principal's own session. Throws `Problem` 403, and 404 where there is none. */
  own(sessionId: string, userId: string): Promise<ChatSession>;
  /** The session with its dial turned, and kept so. Throws `Problem` 403 where the customer settles the dial. */
  turned(session: ChatSession, dial: Dial | undefined): Promise<ChatSession>;
  /** What the session may still cost. Throws `Problem` 402 or 429 where that is nothing, and 409 where it holds no more. */
  allowance(session: ChatSession): Promise<Left>;
  decide(asked: Asked, session: ChatSession, left: Left): RoutedMessage;
}

export function chatDesk(services: Services): Desk {
  const { settings, documents, health, now, newId } = services;
  const pace = new TokenBuckets(mostAsked, { nowMs: () => now().getTime(), after: () => () => undefined });
  const options = chatOptions(settings);
  const pairs = {
    audio: { cheap: settings.OPENAI_REALTIME_CHEAP, strong: settings.OPENAI_REALTIME_STRONG },
    text: { cheap: settings.OPENAI_CHAT_FAST, strong: settings.OPENAI_CHAT_STRONG },
  };
  return {
    options,
    pairs,
    async opened(sessionId, userId) {
      if (!pace.take(userId)) throw tooFast();
      const session = await openSession(documents, sessionId ?? newId(), userId, now());
      if (!session) throw foreign();
      return session;
    },
    async own(sessionId, userId) {
      const session = await readSession(documents, sessionId);
      if (!session)
        throw new Problem(404, "There is no such session.", ["Sessions are kept for the days that the stack's retention says."]);
      if (session.userId !== userId) throw foreign();
      return session;
    },
    async turned(session, dial) {
      if (!dial) return session;
      if (!options.dial_free)
        throw new Problem(403, "The dial is not yours to turn here.", [
          "Leave dial out: the stack's settings say where it stands.",
        ]);
      await turnDial(documents, session.sessionId, dial);
      return { ...session, dial };
    },
    async allowance(session) {
      if (session.turns.length >= mostTurns)
        throw new Problem(409, `This session holds ${mostTurns} messages and answers, and takes no more.`, [
          "Leave sessionId out to open a new session.",
        ]);
      const account = await readAccount(documents, accountOf(session.userId, now()), now());
      const refusal = exhausted(options, session, account, now());
      if (refusal) throw refusal;
      if (isVisitor(session.userId) && (await visitorsSpentUsd(documents, now())) >= options.visitors_budget_usd)
        throw visitorsExhausted(now());
      return budgetLeft(options, session, account);
    },
    decide: (asked, session, left) => decide(asked, { options, pairs, session, budgetLeft: left.share, avoided: health.avoided }),
  };
}

/** What one principal may ask of one instance of the app: no person and no page of theirs comes near it, and each asking writes to the database. */
const mostAsked = { burst: 120, perSecond: 10 } as const;
const tooFast = (): Problem =>
  new Problem(429, "These are more messages than a person can send.", ["Go on in a second, with at most 10 a second."], 1_000);

const foreign = (): Problem =>
  new Problem(403, "This session is someone else's.", ["Leave sessionId out to open one of your own."]);

/** How a failure of all deployments is told; undefined for any other. */
export function noDeployment(error: unknown): Problem | undefined {
  if (!(error instanceof NoDeployment)) return undefined;
  const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1_000));
  return new Problem(
    503,
    "No model answers at the moment.",
    [`Every deployment is throttled or failing; try again in ${seconds} s.`],
    seconds * 1_000,
  );
}
