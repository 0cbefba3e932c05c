/**
 * A watched call, decided: each timed event moves it forward and asks for commands. No socket, clock or store is in here, so that every order in
 * which things can happen is tried in no time.
 */
import type { EndedBy } from "../../chat/watched-calls.ts";
import { renewedEveryMs } from "../../chat/watched-calls.ts";
import { askAgain, busy, proceed, tellInterrupted, toolDone, toolElsewhere, toolsAsked, withoutUnknown } from "./asking.ts";
import { checkItem, checkResponse, checkRules, expectAnswer, isAsRuled, isIncorrigible, isWritten } from "./conduct.ts";
import { assistantSays, cleared, made, personSaid, played, playing, settleAll, settleCut, truncated } from "./heard.ts";
import { allow, isQuiet, spend, warnOfTime } from "./limits.ts";
import { isSignOfLife, tellSince } from "./overlap.ts";
import type { Configured, ServiceEvent } from "./service-events.ts";
import { configuration, pastTurn, requestIds, transcribed } from "./service-messages.ts";
import { adding, ask, change, removing, type Step, send, type Watch, type WatchEvent } from "./watch.ts";

/** A call just opened may be unknown to the service for a moment, and a broken network is back after a while. */
const joinDelaysMs = [300, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** So often a call that was never joined is tried. */
const firstAttempts = 3;
const hangUpAgainMs = 5_000;
/** After hanging up, the service's last words of what it used come at once or never. */
const lastEventsMs = 2_000;

/** Moves a call by one event at `nowMs` (milliseconds since the epoch, never backwards). */
export function step(watch: Watch, event: WatchEvent, nowMs: number): Step {
  const start: Step = { watch, commands: [] };
  // What was used counts, however late it is told.
  if (watch.phase === "ended") return event.kind === "tool_done" ? meterExpert(start, event, nowMs) : start;
  return proceed(happen(start, event, nowMs), nowMs);
}

/** When a tick is due, in milliseconds since the epoch; undefined when nothing is waited for. */
export function nextDeadlineMs(watch: Watch): number | undefined {
  const due = Object.values(deadlines(watch)).filter((each) => each !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}

function deadlines(watch: Watch) {
  const { phase, socket, limits, warned, rejoinAtMs, renewAtMs, leaveAtMs, hangUpAtMs, finishAtMs } = watch;
  if (phase === "ended") return {};
  if (phase === "leaving") return { hangUp: finishAtMs === undefined ? hangUpAtMs : undefined, finish: finishAtMs };
  return {
    rejoin: socket === "lost" ? rejoinAtMs : undefined,
    // A call that this bridge cannot see is not said to be watched.
    renew: socket === "configured" ? renewAtMs : undefined,
    warn: warned.has("time") ? undefined : limits.warnAtMs,
    end: limits.endsAtMs,
    leave: leaveAtMs,
  };
}

function happen(step: Step, event: WatchEvent, nowMs: number): Step {
  switch (event.kind) {
    case "start":
      return ask(step, { kind: "join" });
    case "joined":
      return joined(step);
    case "dropped":
      return dropped(step, nowMs);
    case "gone":
      return gone(step, nowMs);
    case "service":
      return hear(noteLife(step, event.event), event.event, nowMs);
    case "said_before":
      return tellSince(step, event.turns);
    case "tool_done":
      return toolDone(meterExpert(step, event, nowMs), event.toolCallId, event.content);
    case "tool_elsewhere":
      return toolElsewhere(step, event.toolCallId);
    case "hung_up":
      return hungUp(step, event.done, nowMs);
    case "lost":
      return end(step, "service", nowMs);
    case "end":
      return end(step, event.by, nowMs);
    case "taken":
      return taken(step, nowMs);
    case "allowed":
      return allow(step, event.leftUsd, nowMs);
    case "tick":
      return fire(step, nowMs);
  }
}

/** What was said before comes first, then the rules: who is let in to talk finds both. */
function joined(step: Step): Step {
  const { past, rules, mark, unsent, ours } = step.watch;
  const items = past.map((turn, at) => ({ id: `${mark}_past_${at}`, turn }));
  const open = change(askAgain(step), {
    socket: "open",
    wasJoined: true,
    rejoinAtMs: undefined,
    unsent: [],
    active: new Set(),
    lastPast: items.at(-1)?.id ?? step.watch.lastPast,
    ours: adding(ours, ...items.map(({ id }) => id)),
  });
  return send(open, ...items.map(({ id, turn }) => pastTurn(id, turn)), configuration(rules), transcribed(rules), ...unsent);
}

function dropped(step: Step, nowMs: number): Step {
  const { phase, finishAtMs, wasJoined, resumed, failures, socket } = step.watch;
  if (phase === "leaving") return finishAtMs === undefined ? change(step, { socket: "lost" }) : finish(step, nowMs);
  // The service closes our socket when the call is over, and only says so to who asks again.
  const delayMs = socket === "configured" ? 0 : (joinDelaysMs[Math.min(failures, joinDelaysMs.length - 1)] ?? 0);
  const lost = change(step, { socket: "lost", failures: failures + 1, rejoinAtMs: nowMs + delayMs });
  if (wasJoined || lost.watch.failures < firstAttempts) return lost;
  // Another bridge may have more luck with a call that people are in.
  return resumed ? ask(change(lost, { phase: "ended" }), { kind: "stop" }) : end(lost, "service", nowMs);
}

function gone(step: Step, nowMs: number): Step {
  const { wasJoined, resumed, phase } = step.watch;
  if (!wasJoined && !resumed && phase === "open" && step.watch.failures + 1 < firstAttempts) return dropped(step, nowMs);
  return finish(step, nowMs, wasJoined || resumed ? "person" : "service");
}

function noteLife(step: Step, event: ServiceEvent): Step {
  return step.watch.established || !isSignOfLife(event, step.watch) ? step : change(step, { established: true });
}

function hear(step: Step, event: ServiceEvent, nowMs: number): Step {
  const offend = (so: Step): Step => offence(so, nowMs);
  switch (event.kind) {
    case "configured":
      return step.watch.socket === "configured" ? checkRules(step, event.configured, offend) : confirmed(step, event.configured);
    case "speech_started":
      return change(step, { speaking: true, turn: step.watch.turn + 1 });
    case "committed": {
      const committed = new Map(step.watch.committed).set(event.itemId, step.watch.committed.get(event.itemId) ?? nowMs);
      return expectAnswer(settleCut(change(step, { committed, speaking: false })), nowMs);
    }
    case "item_added":
      return checkItem(step, event.item, nowMs, offend);
    case "transcribed":
      return personSaid(meterWriting(step, event, nowMs), event.itemId, event.text, nowMs);
    case "response_created": {
      const { responseId } = event;
      if (step.watch.metered.has(responseId) || step.watch.active.has(responseId)) return step;
      const begun = change(settleCut(step), {
        active: adding(step.watch.active, responseId),
        awaited: undefined,
        speaking: false,
      });
      return checkResponse(begun, event, nowMs, offend);
    }
    case "words":
      return assistantSays(step, event, nowMs);
    case "response_done":
      return responseDone(step, event, nowMs);
    case "playing":
      return playing(step, event.responseId, nowMs);
    case "played":
      return leaveIfQuiet(played(step, event.responseId), nowMs);
    case "cleared":
      return cleared(step, event.responseId, nowMs);
    case "truncated":
      return truncated(step, event.itemId, event.heardMs);
    case "refused":
      return refused(step, event, nowMs);
  }
}

/** The session is ours to hand out once it has our rules. */
function confirmed(step: Step, configured: Configured): Step {
  const { socket, rules } = step.watch;
  if (socket !== "open" || !isAsRuled(configured, rules)) return step;
  const ready = change(step, { socket: "configured", failures: 0, past: [], transcribing: isWritten(configured, rules) });
  return tellInterrupted(ask(ready, { kind: "attached" }));
}

function refused(step: Step, { code, eventId }: Extract<ServiceEvent, { kind: "refused" }>, nowMs: number): Step {
  if (code === "session_expired") return end(step, "service", nowMs);
  if (eventId === requestIds.rules) return end(step, "service", nowMs);
  if (eventId !== requestIds.response) return step;
  return code === "conversation_already_has_active_response" ? busy(step) : change(step, { awaited: undefined });
}

function responseDone(step: Step, event: Extract<ServiceEvent, { kind: "response_done" }>, nowMs: number): Step {
  const { metered, active, deployment, choice } = step.watch;
  const { responseId, usage, status, calls } = event;
  if (metered.has(responseId)) return step;
  const done = change(step, {
    metered: adding(metered, responseId),
    active: withoutUnknown(removing(active, responseId)),
  });
  const paid = usage
    ? spend(
        ask(done, { kind: "keep_usage", of: responseId, use: "voice", deployment, choice, usage }),
        { kind: "voice", choice, usage },
        nowMs,
      )
    : done;
  const heard = made(paid, responseId, status);
  return status === "completed" ? toolsAsked(heard, responseId, calls) : heard;
}

function meterWriting(step: Step, { itemId, usage }: Extract<ServiceEvent, { kind: "transcribed" }>, nowMs: number): Step {
  const { metered, rules, choice } = step.watch;
  if (!usage || metered.has(itemId)) return step;
  const kept = ask(change(step, { metered: adding(metered, itemId) }), {
    kind: "keep_usage",
    of: itemId,
    use: "transcription",
    deployment: rules.transcription,
    choice,
    usage,
  });
  return spend(kept, { kind: "transcription", choice, usage }, nowMs);
}

function meterExpert(step: Step, { toolCallId, used }: Extract<WatchEvent, { kind: "tool_done" }>, nowMs: number): Step {
  const { metered } = step.watch;
  if (!used || metered.has(toolCallId)) return step;
  const kept = ask(change(step, { metered: adding(metered, toolCallId) }), {
    kind: "keep_usage",
    of: toolCallId,
    use: "text",
    ...used,
  });
  return spend(kept, { kind: "text", ...used }, nowMs);
}

function offence(step: Step, nowMs: number): Step {
  const offences = step.watch.offences + 1;
  const counted = change(step, { offences });
  return isIncorrigible(offences) ? end(counted, "abuse", nowMs) : counted;
}

function fire(step: Step, nowMs: number): Step {
  const due = deadlines(step.watch);
  const isDue = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs;
  if (isDue(due.finish)) return finish(step, nowMs);
  if (isDue(due.hangUp)) return ask(change(step, { hangUpAtMs: nowMs + hangUpAgainMs }), { kind: "hang_up" });
  if (isDue(due.end)) return end(step, "time", nowMs);
  if (isDue(due.leave)) return end(step, "budget", nowMs);
  let so = step;
  if (isDue(due.rejoin)) so = ask(change(so, { socket: "joining", rejoinAtMs: undefined }), { kind: "join" });
  if (isDue(due.renew)) so = ask(change(so, { renewAtMs: nowMs + renewedEveryMs }), { kind: "renew" });
  if (isDue(due.warn)) so = warnOfTime(so);
  return so;
}

function leaveIfQuiet(step: Step, nowMs: number): Step {
  return step.watch.leaveAtMs !== undefined && isQuiet(step.watch) ? end(step, "budget", nowMs) : step;
}

/** The service hangs up; until it has, nothing is over. */
function end(step: Step, by: EndedBy, nowMs: number): Step {
  if (step.watch.phase !== "open") return step;
  const leaving = change(step, { phase: "leaving", endedBy: by, hangUpAtMs: nowMs + hangUpAgainMs, unsent: [] });
  return ask(leaving, { kind: "hang_up" });
}

function hungUp(step: Step, done: boolean, nowMs: number): Step {
  const { phase, socket } = step.watch;
  if (phase !== "leaving" || !done) return step;
  const listens = socket === "open" || socket === "configured";
  return listens ? change(step, { finishAtMs: nowMs + lastEventsMs }) : finish(step, nowMs);
}

function finish(step: Step, nowMs: number, by: EndedBy = "service"): Step {
  const settled = settleAll(step, nowMs);
  const endedBy = step.watch.endedBy ?? by;
  return ask(change(settled, { phase: "ended", endedBy }), { kind: "keep_end", by: endedBy }, { kind: "stop" });
}

/** Only what the other bridge cannot know is kept: words that were all said before it came. */
function taken(step: Step, nowMs: number): Step {
  const { metered } = step.watch;
  const settled = settleAll(step, nowMs, (each) => metered.has(each.responseId));
  return ask(change(settled, { phase: "ended" }), { kind: "stop" });
}
