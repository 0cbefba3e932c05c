/**
 * One call, decided: each timed event moves the session forward and asks for effects. No socket, clock or service is in here, so a whole
 * call with every fault can be replayed in a millisecond.
 */
import { hearModel } from "./listening.ts";
import { phrasesIn } from "./phrases.ts";
import type { Session, SessionEvent, Step } from "./session-state.ts";
import { cut, settle } from "./speaking.ts";
import { ask, change, command } from "./step.ts";
import type { TelephoneEvent } from "./telephone/telephone.ts";
import { deadlines, waitingFromMs } from "./timing.ts";
import { toolDone } from "./tooling.ts";
import { apologise, end, hangUp, leave, proceed, tell, transferFailed } from "./turns.ts";

/** Digits that come closer together than this belong together. */
const digitPauseMs = 1_500;

/**
 * Moves a call by one event at `nowMs` (milliseconds since the epoch, never backwards). After the effect `end` nothing is ever asked again.
 */
export function step(session: Session, event: SessionEvent, nowMs: number): Step {
  const start: Step = { session, effects: [] };
  if (session.phase === "ended") return start;
  if (session.phase === "new") return event.kind === "start" ? begin(start, nowMs) : start;
  // Sound from the caller is nearly every event there is, and nothing else changes with it.
  if (event.kind === "phone" && event.event.kind === "audio") return hear(start, event.event);
  const happened = happen(settle(start, nowMs), event, nowMs);
  const fired = happened.session.phase === "ended" ? happened : fire(happened, nowMs);
  return fired.session.phase === "ended" ? fired : proceed(fired, nowMs);
}

function begin(step: Step, nowMs: number): Step {
  const opened = change(step, { phase: "open", startedAtMs: nowMs, lastActivityMs: nowMs });
  return openModel(ask(opened, { kind: "connected" }));
}

function openModel(step: Step): Step {
  const generation = step.session.generation + 1;
  return ask(change(step, { generation, model: "opening", reopenAtMs: undefined }), { kind: "open_model", generation });
}

function hear(step: Step, { audio }: Extract<TelephoneEvent, { kind: "audio" }>): Step {
  if (step.session.model !== "ready") return step;
  return command(change(step, { givenMs: step.session.givenMs + audio.durationMs }), { kind: "hear", audio });
}

function happen(step: Step, event: SessionEvent, nowMs: number): Step {
  const { session } = step;
  switch (event.kind) {
    case "phone":
      if (event.event.kind === "digit") return press(step, event.event.digit, nowMs);
      return event.event.kind === "closed" ? end(step, nowMs) : step;
    case "model":
      return listensTo(session, event) ? hearModel(step, event.event, nowMs) : step;
    case "tool_done":
      return toolDone(step, event, nowMs);
    case "briefed":
      return change(step, { briefing: false });
    case "transfer_refused":
      return session.transferUntilMs === undefined ? step : transferFailed(step, nowMs);
    case "stop":
      return end(session.hungUp ? step : ask(change(step, { hungUp: true }), { kind: "hang_up" }), nowMs);
    case "start":
    case "tick":
      return step;
  }
}

/** Only the present session counts, and before it is ready only whether it becomes so. */
function listensTo({ generation, model }: Session, news: Extract<SessionEvent, { kind: "model" }>): boolean {
  if (news.generation !== generation || model === "none") return false;
  return model === "ready" || news.event.kind === "ready" || news.event.kind === "closed";
}

/** Digits interrupt like speech. They are for the model to understand and are not kept, since they may be a secret. */
function press(step: Step, digit: string, nowMs: number): Step {
  if (step.session.phase !== "open") return step;
  const digits = step.session.digits + digit;
  return change(cut(step, nowMs), { digits, digitsAtMs: nowMs + digitPauseMs, lastActivityMs: nowMs, silencePrompts: 0 });
}

/** Does whatever has become due. */
function fire(step: Step, nowMs: number): Step {
  const { session } = step;
  const due = deadlines(session);
  const isDue = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs;
  if (isDue(due.leave)) return session.hungUp ? end(step, nowMs) : hangUp(step, nowMs);
  if (isDue(due.longest)) return leave(cut(step, nowMs), true, nowMs);
  let so = step;
  if (isDue(due.cut)) so = interrupt(so, nowMs);
  if (isDue(due.digits)) so = passDigits(so, nowMs);
  if (isDue(due.hard)) so = apologise(so, nowMs);
  else if (isDue(due.soft)) so = askForPatience(so, nowMs);
  if (isDue(due.silence)) so = askWhetherThere(so, nowMs);
  if (isDue(due.transfer)) so = transferFailed(so, nowMs);
  if (isDue(due.reopen)) so = openModel(so);
  return so;
}

function interrupt(step: Step, nowMs: number): Step {
  const over = change(step, { cutAtMs: undefined });
  return step.session.phase === "open" ? change(cut(over, nowMs), { waitingSinceMs: undefined }) : over;
}

function passDigits(step: Step, nowMs: number): Step {
  const text = `The caller pressed ${[...step.session.digits].join(" ")} on the keypad.`;
  return tell(change(step, { digits: "", digitsAtMs: undefined }), text, nowMs);
}

function askForPatience(step: Step, nowMs: number): Step {
  const { session } = step;
  const asked = change(step, { waitingPhraseSaid: true, waitingSinceMs: waitingFromMs(session) ?? nowMs });
  return command(asked, { kind: "respond", purpose: "waiting", say: phrasesIn(session.language).waiting });
}

function askWhetherThere(step: Step, nowMs: number): Step {
  const { silencePrompts, flags } = step.session;
  if (silencePrompts >= flags.recognition_retry_max) return leave(step, true, nowMs);
  return change(step, { silencePrompts: silencePrompts + 1, next: "silence", lastActivityMs: nowMs });
}
