/**
 * The way back to the engine that the agent wants first, after another one had to take the conversation: now and then a session of it is opened
 * beside the present one, which goes on undisturbed; once it is ready, it takes the conversation over in the next pause, and the caller
 * notices nothing but the voice.
 */
import type { Session, SessionEvent, Step } from "./session-state.ts";
import { ask, change } from "./step.ts";
import { tellAnswers } from "./tooling.ts";

/** The first try, and twice as long before each further one; together they take half an hour, which an outage that is worth it has ended by. */
const firstTryMs = 15_000;
const mostTrials = 7;

/** When the preferred engine is tried again; never, while it has the conversation or once it was tried often enough. */
export function trialAtMs({ trials }: Session, engine: number, nowMs: number): number | undefined {
  return engine === 0 || trials >= mostTrials ? undefined : nowMs + firstTryMs * 2 ** trials;
}

/** Opens a session of the preferred engine beside the present one. */
export function tryPreferred(step: Step, nowMs: number): Step {
  const { opened, trials } = step.session;
  const generation = opened + 1;
  const trial = { generation, sinceMs: nowMs, ready: false };
  const tried = change(step, { opened: generation, trials: trials + 1, trial, trialAtMs: undefined });
  return ask(tried, { kind: "try_model", generation });
}

/** What the session that is tried reports, as far as it counts. */
export function hearTrial(step: Step, { event }: Extract<SessionEvent, { kind: "model" }>, nowMs: number): Step {
  const { trial } = step.session;
  if (trial && event.kind === "ready") return change(step, { trial: { ...trial, ready: true } });
  return event.kind === "closed" ? dropTrial(step, nowMs) : step;
}

/**
 * It did not open, no pause came for as long as it was there, or the present session is given up itself: the preferred engine is tried again
 * later.
 */
export function dropTrial(step: Step, nowMs: number): Step {
  const { session } = step;
  if (!session.trial) return step;
  return ask(change(step, { trial: undefined, trialAtMs: trialAtMs(session, session.engine, nowMs) }), { kind: "drop_trial" });
}

/** Nobody speaks: from here on the preferred engine has the conversation, and is told what was said since it was opened. */
export function takeTrial(step: Step, nowMs: number): Step {
  const { trial } = step.session;
  if (!trial) return step;
  const taken = change(step, {
    trial: undefined,
    generation: trial.generation,
    engine: 0,
    modelSinceMs: nowMs,
    modelHeardMs: nowMs,
    modelSpoke: false,
    losses: 0,
    failedEngines: 0,
    responses: [],
    givenMs: 0,
    briefStale: true,
  });
  return tellAnswers(ask(taken, { kind: "take_trial" }));
}
