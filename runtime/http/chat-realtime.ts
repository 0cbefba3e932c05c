/** Voice sessions: opened by our server for a browser's offer, or by a client with a secret of a minute; each is watched by the bridge. */
import { Hono } from "hono";
import { z } from "zod";
import { accountOf } from "../chat/account.ts";
import { type Choice, choiceSchema } from "../chat/record.ts";
import { claimSecret, ration, rememberSecret, returnSecret, spendSecret } from "../chat/secret.ts";
import type { ChatSession } from "../chat/session.ts";
import { sessionOf } from "../chat/watched-calls.ts";
import { Problem } from "../problem.ts";
import type { Sideband } from "../services/bridge-client.ts";
import { ModelRefusal } from "../services/openai.ts";
import type { Services } from "../services/services.ts";
import { statusOf } from "../services/status-of.ts";
import { json } from "./body.ts";
import { checked, type Desk, noDeployment, notNow, serviceIdSchema, sessionIdSchema, tooLong } from "./chat-desk.ts";
import type { Web } from "./staff.ts";

/** A browser's audio and data take a few kilobytes. */
const longestOffer = 65_536;

const offerAsked = z.object({
  choice: choiceSchema,
  sessionId: sessionIdSchema,
  continues: sessionIdSchema.optional(),
  body: z.string().startsWith("v=0", "must be an SDP offer, which begins with v=0").max(longestOffer, { error: tooLong }),
});
const secretAsked = z.object({ choice: choiceSchema, sessionId: sessionIdSchema });
const attachedAsked = z.object({ sessionId: sessionIdSchema, callId: serviceIdSchema });

/** The chosen one first, then the other, which answers when the chosen one does not. */
const order: Readonly<Record<Choice, readonly Choice[]>> = { cheap: ["cheap", "strong"], strong: ["strong", "cheap"] };

export function chatRealtimeRoutes(services: Services, desk: Desk): Hono<Web> {
  const { documents, models, health, sideband, realtimeCalls, now, log } = services;
  const { instructions, ephemeral_secrets } = desk.options;
  const { someone } = desk;
  const app = new Hono<Web>();
  const candidates = (choice: Choice) => order[choice].map((each) => ({ choice: each, deployment: desk.pairs.audio[each] }));

  /** The strong model costs three times as much, so it opens where the router chose it, or where it has answered before. Throws `Problem` 403. */
  function requireChosen({ strongChosen, turns, calls }: ChatSession, choice: Choice): void {
    if (choice === "cheap" || strongChosen || [...turns, ...calls].some((each) => each.choice === "strong")) return;
    throw new Problem(403, "The router has not chosen the strong model for this session.", [
      "Send the message to POST /api/ModelRouter first, and open what it answers; a dial turned up lets it choose the strong model.",
    ]);
  }

  /** A call that nobody watches is metered and limited by nobody, so it is hung up. Throws `Unwatched`. */
  async function watched(call: Parameters<Sideband["attach"]>[0]): Promise<void> {
    try {
      await sideband.attach(call);
    } catch (error) {
      log.error({ status: statusOf(error) }, "the bridge did not attach to a session");
      throw new Unwatched(statusOf(error), await hungUp(call.callId));
    }
  }

  /** Whether the call is over. */
  const hungUp = (callId: string): Promise<boolean> =>
    realtimeCalls.hangUp(callId).then(
      () => true,
      () => {
        log.error("a session that nobody watches was not hung up");
        return false;
      },
    );

  /** Opens something at the first deployment that does. Throws `Problem`. */
  async function opened<Opened>(
    choice: Choice,
    open: (deployment: string) => Promise<Opened>,
  ): Promise<Opened & { readonly choice: Choice; readonly deployment: string }> {
    try {
      return await health.first(candidates(choice), async (each) => ({ ...(await open(each.deployment)), ...each }));
    } catch (error) {
      log.error({ status: statusOf(error) }, "a voice session could not be opened");
      if (error instanceof ModelRefusal && error.status === 400)
        throw new Problem(422, "Validation error", ["body: the model service cannot use this SDP offer; send a browser's own"]);
      throw noDeployment(error) ?? new Problem(502, "The model service did not open the session.", ["Try again."]);
    }
  }

  app.post("/api/realtime/calls", someone, async (context) => {
    if (!context.req.header("content-type")?.startsWith("application/sdp"))
      throw new Problem(415, "Send the browser's WebRTC offer.", ["Content-Type must be application/sdp."]);
    const asked = checked(offerAsked, { ...context.req.query(), body: await context.req.text() });
    const session = await desk.session(asked, context.var.person.id);
    requireChosen(session, asked.choice);
    await desk.allowance(session);
    const { sessionId } = session;
    const { answer, callId, deployment, choice } = await opened(asked.choice, (deployment) =>
      models.openSession({ deployment, instructions, offer: asked.body, retries: 0 }),
    );
    await desk.keep(session).catch(async (error: unknown) => {
      await hungUp(callId);
      throw error;
    });
    await watched({ callId, sessionId, deployment, choice });
    return context.body(answer, 201, { "content-type": "application/sdp", "x-choice": choice, "x-model": deployment });
  });

  app.post("/api/realtime/secrets", someone, async (context) => {
    if (!ephemeral_secrets)
      throw new Problem(403, "Secrets are not handed out here.", [
        "Post the browser's SDP offer to /api/realtime/calls instead.",
        "ephemeral_secrets in the stack's settings allows them.",
      ]);
    const asked = checked(secretAsked, await json(context));
    const session = await desk.session(asked, context.var.person.id);
    requireChosen(session, asked.choice);
    await desk.allowance(session);
    const waitMs = await ration(documents, accountOf(session.userId, now()), now());
    if (waitMs > 0) throw new Problem(429, "One secret at a time.", [`Ask again in ${Math.ceil(waitMs / 1_000)} s.`], waitMs);
    const { sessionId } = session;
    const { value, expiresAt, url, deployment, choice } = await opened(asked.choice, (deployment) =>
      models.secret({ deployment, instructions }),
    );
    await desk.keep(session);
    await rememberSecret(documents, sessionId, { deployment, choice, now: now() });
    return context.json({ value, expires_at: expiresAt, url, model: deployment, choice });
  });

  app.post("/api/realtime/attached", someone, async (context) => {
    const { sessionId, callId } = checked(attachedAsked, await json(context));
    await desk.own(sessionId, context.var.person.id);
    // Watching it in two sessions would tell one what is said in the other.
    if (((await sessionOf(documents, callId)) ?? sessionId) !== sessionId)
      throw new Problem(409, "This call is of another session.", ["Tell of the call that this session's own secret opened."]);
    const secret = await claimSecret(documents, sessionId, callId, now());
    if (!secret)
      throw new Problem(409, "No secret of this session is waiting for a call.", [
        "Ask for one at POST /api/realtime/secrets, open one call with it, and tell of it here within 90 s.",
      ]);
    // A bridge has it, or it is over: nothing is to be done about either here.
    if (secret.watched) return context.body(null, 204);
    const { deployment, choice } = secret;
    await watched({ callId, sessionId, deployment, choice }).catch(async (error: unknown) => {
      if (!(error instanceof Unwatched && error.isOver)) throw error;
      await returnSecret(documents, sessionId, callId);
      throw error.isNoCall ? noCall() : error;
    });
    await spendSecret(documents, sessionId, callId);
    return context.body(null, 204);
  });
  return app;
}

/** A call was opened that no bridge watches. */
class Unwatched extends Problem {
  /** The call is hung up, or there never was one. */
  readonly isOver: boolean;
  /** The bridge found no call to watch. */
  readonly isNoCall: boolean;
  constructor(bridgeStatus: number | undefined, isOver: boolean) {
    const { message, details, retryAfterMs } = notNow("The session was opened, but nothing watches over it, so it was ended.");
    super(503, message, details, retryAfterMs);
    this.isOver = isOver;
    this.isNoCall = bridgeStatus === 409 || bridgeStatus === 502;
  }
}

const noCall = (): Problem =>
  new Problem(404, "There is no call of this id that could be watched; if there was one, it has been ended.", [
    "callId: must be the last part of the Location that the model service answered the SDP offer with.",
    "The session's secret still waits for its call: tell of that one, or of another that it opens.",
  ]);
