/** What the chat's routes share: the customer's options, the deployments, whose session it is and what it may still cost. */
import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { z } from "zod";
import { readPurses } from "../chat/allowance.ts";
import { budgetLeft, type Left, refusalOf } from "../chat/budget.ts";
import { type Asked, decide, type Pair, type RoutedMessage } from "../chat/decision.ts";
import { chatOptions } from "../chat/options.ts";
import type { Medium } from "../chat/price.ts";
import { type ChatSession, keepSession, newSession, readSession, turnDial } from "../chat/session.ts";
import { type ChatOptions, type Dial, dialSchema } from "../chat-options.ts";
import { Problem } from "../problem.ts";
import { NoDeployment } from "../services/deployment-health.ts";
import type { Services } from "../services/services.ts";
import { openPace, paced } from "./chat-pace.ts";
import { type Door, principal, type Web } from "./staff.ts";

/** Says how long a text is and may be. */
export const tooLong = ({ input, maximum }: { readonly input?: unknown; readonly maximum?: number | bigint }): string =>
  `must be at most ${maximum} characters; it has ${String(input).length}`;

export const sessionIdSchema = z.string().regex(/^[\w-]{8,64}$/, "must be 8 to 64 letters, digits, - or _");
export const messageSchema = z.string().trim().min(1, "must say something").max(8_000, { error: tooLong });
/** Ids of the model service's items, answers and calls. */
export const serviceIdSchema = z.string().regex(/^[\w-]{1,128}$/, "must be 1 to 128 letters, digits, - or _");
const dialAsked = z.custom<Dial>(
  (value) => dialSchema.safeParse(value).success,
  'must be {"spend_at_most": share} or {"keep_at_least": share}, a share being 0 to 1',
);

/** What a message to be routed and one to be answered in words have in common. */
export const asking = {
  message: messageSchema,
  sessionId: sessionIdSchema.optional(),
  /** An earlier session of theirs, with whose last words a new one begins. */
  continues: sessionIdSchema.optional(),
  task: z.string().max(64, { error: tooLong }).optional(),
  dial: dialAsked.optional(),
};

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

/** A session is read whole with all that was said in it and every voice connection, neither of which a budget bounds by itself. */
const mostKept = 1_000;

export interface Desk {
  readonly options: ChatOptions;
  readonly pairs: Readonly<Record<Medium, Pair>>;
  /** Lets in whoever may chat, as fast as a person asks. */
  readonly someone: MiddlewareHandler<Web>;
  /** The principal's own session, or one of which nothing is kept before `keep`. Throws `Problem` 403, and 404 where there is none to continue. */
  session(
    asked: { readonly sessionId?: string | undefined; readonly continues?: string | undefined },
    userId: string,
  ): Promise<ChatSession>;
  /** The principal's own session. Throws `Problem` 403, and 404 where there is none. */
  own(sessionId: string, userId: string): Promise<ChatSession>;
  /** The session as the dial would have it. Throws `Problem` 403 where the customer settles the dial. */
  turned(session: ChatSession, dial: Dial | undefined): ChatSession;
  /** What the session may still cost. Throws `Problem` 402 or 429 where that is nothing, and 409 where it holds no more. */
  allowance(session: ChatSession): Promise<Left>;
  /** Keeps the session and its dial, once nothing stands against what was asked. Throws `Problem` 403 where somebody else was faster. */
  keep(session: ChatSession, dial?: Dial): Promise<void>;
  decide(asked: Asked, session: ChatSession, left: Left): RoutedMessage;
}

export function chatDesk(services: Services, door: Door): Desk {
  const { settings, documents, health, now, newId } = services;
  const options = chatOptions(settings);
  const pairs = {
    audio: { cheap: settings.OPENAI_REALTIME_CHEAP, strong: settings.OPENAI_REALTIME_STRONG },
    text: { cheap: settings.OPENAI_CHAT_FAST, strong: settings.OPENAI_CHAT_STRONG },
  };
  const desk: Desk = {
    options,
    pairs,
    someone: every(principal(door, options), paced(openPace(services))),
    async session({ sessionId = newId(), continues }, userId) {
      const session = await readSession(documents, sessionId);
      if (!session) return newSession(sessionId, userId, now(), continues ? await desk.own(continues, userId) : undefined);
      if (session.userId !== userId) throw foreign();
      return session;
    },
    async own(sessionId, userId) {
      const session = await readSession(documents, sessionId);
      if (!session)
        throw new Problem(404, "There is no such session.", [
          "A session begins with its first message, and is kept for the days that the stack's retention says.",
        ]);
      if (session.userId !== userId) throw foreign();
      return session;
    },
    turned(session, dial) {
      if (!dial) return session;
      if (!options.dial_free)
        throw new Problem(
          403,
          "The dial is not yours to turn here.",
          ["Leave dial out: the stack's settings say where it stands."],
          undefined,
          "dial-settled",
        );
      return { ...session, dial };
    },
    async allowance(session) {
      if (session.turns.length + session.calls.length >= mostKept)
        throw new Problem(
          409,
          `This session holds ${mostKept} messages, answers and voice connections, and takes no more.`,
          ['Leave sessionId out to open a new session, and give this one\'s id as "continues" to go on with what was said.'],
          undefined,
          "session-full",
        );
      const purses = await readPurses(documents, options, session, now());
      const refusal = refusalOf(purses, 0, now());
      if (refusal) throw refusal;
      return budgetLeft(purses);
    },
    async keep(session, dial) {
      if (!(await keepSession(documents, session))) throw foreign();
      if (dial) await turnDial(documents, session.sessionId, dial);
    },
    decide: (asked, session, left) => decide(asked, { options, pairs, session, budgetLeft: left.share, avoided: health.avoided }),
  };
  return desk;
}

const foreign = (): Problem =>
  new Problem(403, "This session is someone else's.", ["Leave sessionId out to open one of your own."]);

const soonMs = 5_000;

/** How it is told that a service of ours does not do its part. */
export const notNow = (message: string, instead = ""): Problem =>
  new Problem(503, message, [`Try again in ${soonMs / 1_000} s${instead}.`], soonMs);

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
