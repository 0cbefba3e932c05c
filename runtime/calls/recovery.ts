/**
 * A call whose sound was lost: the caller hears a sentence by the service's own voice, then the service is asked to open the media address
 * again, which it cannot be told to change. Whichever bridge that reaches goes on with the call. Each attempt is the answer to one report of
 * a loss, and has its nonce opened once more.
 */
import type { Services } from "../services/services.ts";
import { statusOf } from "../services/status-of.ts";
import type { Call, CallRecord } from "./call.ts";
import { withCallBack } from "./call-back.ts";
import { conclude, inProgress } from "./conclude.ts";
import { flowing, type Loss, takeLoss, withLoss } from "./line.ts";
import { phrasesIn } from "./phrases.ts";

/** Waits before the first, second, ... attempt in a row: a bridge that restarts needs some seconds. */
const pausesMs = [0, 1_000, 2_000, 4_000, 8_000, 8_000];
/** After the last one, before the call is given up. */
const lastLookMs = 2_000;
/** Someone who hears nothing for this long is told again. */
const longPauseMs = 4_000;
/** An attempt and its answers take less; a function that was killed is taken over after that. */
const leaseMs = 30_000;
/** What the caller hears last carries it, so that its end hangs up. */
export const goodbyeContext = "goodbye";

type Needs = Pick<Services, "store" | "automation" | "afterCall" | "now" | "pause" | "log">;
type Attempt = "asked" | "refused" | "over";

/**
 * Answers the report (its event id) that the call's media stream failed or stopped; without a report, what another left overdue. Does nothing
 * for a call that is over, or while somebody else is at it. Throws when the database fails.
 */
export async function soundLost(services: Needs, call: Call, connectionId: string, report?: string): Promise<void> {
  const { store, log, now, pause } = services;
  const callId = call.call_id;
  if (!(await inProgress(store, call))) return;
  const loss = await take(services, callId, report);
  if (!loss) return;
  for (let { failures } = loss; failures < pausesMs.length; failures++) {
    const pauseMs = pausesMs[failures] ?? 0;
    await note(services, callId, { ...loss, failures, state: "mending", until: later(now, pauseMs + leaseMs) });
    if (pauseMs > 0) await pause(pauseMs);
    // Reported to flow meanwhile; asking once more tells whether that is so now, since reports come late.
    const reported = !(await store.changeLine(callId, (line) => line)).loss;
    const mend = { loss: { ...loss, failures }, speak: failures === 0 || pauseMs >= longPauseMs };
    const attempt = await mended(services, callId, connectionId, mend);
    log.warn({ callId, failures, attempt }, "the sound of a call was lost");
    if (attempt !== "refused" || (await flowsAgain(services, callId, connectionId, reported))) return;
  }
  // The answer to the last attempt may have been lost, and its socket be on its way.
  await note(services, callId, { ...loss, failures: pausesMs.length, state: "mending", until: later(now, lastLookMs + leaseMs) });
  await pause(lastLookMs);
  if (!(await flowsAgain(services, callId, connectionId))) await giveUp(services, callId, connectionId, loss);
}

/**
 * The sound may flow though nobody said so: the answer that it is being opened and the report that it was may both get lost, and the service
 * then refuses to open what is open. A loss that is reported meanwhile is another one, and stays.
 */
async function flowsAgain(
  { store, automation }: Needs,
  callId: string,
  connectionId: string,
  reported = false,
): Promise<boolean> {
  const flows = reported || (await automation.streams(connectionId).catch(() => false));
  if (flows) await store.changeLine(callId, flowing);
  return flows;
}

/** Ends a call that was given up, once the caller has heard so. */
export async function leave(services: Needs, call: Call, connectionId: string): Promise<void> {
  const current = await inProgress(services.store, call);
  if (current && talksWithColleague(current)) return;
  if (current) await conclude(services, current.call_id, () => "failed");
  await services.automation.hangUp(connectionId);
}

async function take({ store, now }: Needs, callId: string, report: string | undefined): Promise<Loss | undefined> {
  let taken: Loss | undefined;
  await store.changeLine(callId, (line) => {
    const after = takeLoss(line, report, now().getTime(), leaseMs);
    taken = after.loss === line.loss ? undefined : after.loss;
    return after;
  });
  return taken;
}

const note = ({ store }: Needs, callId: string, loss: Loss) => store.changeLine(callId, (line) => withLoss(line, loss));

async function mended(
  services: Needs,
  callId: string,
  connectionId: string,
  { loss, speak }: { loss: Loss; speak: boolean },
): Promise<Attempt> {
  const { store, automation, now, log } = services;
  const call = await store.get(callId);
  const current = call && (await inProgress(store, call));
  if (!current || (await automation.state(connectionId)) === "gone") return "over";
  if (speak && !talksWithColleague(current))
    await say(services, current, connectionId, phrasesOf(current).timeout_loading_tpl[0], "line");
  await store.change(callId, opened);
  // Before it is asked: the answer may come first.
  await note(services, callId, { ...loss, state: "asked", until: later(now, leaseMs) });
  try {
    await automation.startMediaStreaming(connectionId);
    return "asked";
  } catch (error) {
    log.warn({ callId, status: statusOf(error) }, "media streaming could not be asked for");
    return statusOf(error) === 404 ? "over" : "refused";
  }
}

/** The nonce that the address carries opens once more. A socket that never came has not used it up. */
const opened = (record: CallRecord): CallRecord => ({
  ...record,
  ...(record.media_used ? { media_nonce_sha256: record.media_used.nonce_sha256 } : {}),
  media_restarts: (record.media_restarts ?? 0) + 1,
});

async function giveUp(services: Needs, callId: string, connectionId: string, loss: Loss): Promise<void> {
  const { store, now, log } = services;
  await note(services, callId, { ...loss, failures: pausesMs.length, state: "given up", until: later(now, leaseMs) });
  const call = await store.get(callId);
  const current = call && (await inProgress(store, call));
  // A person and the caller talk with each other: they need nobody to tell them anything, and nobody to end their call.
  if (!call || !current || talksWithColleague(current)) return;
  log.error(
    { callId, attempts: pausesMs.length },
    "the sound of a call did not come back; the caller is told, and the call is ended",
  );
  await store.change(current.call_id, (record) => withCallBack(record, now()));
  const { calltransfer_failure_tpl, goodbye_tpl } = phrasesOf(current);
  const said = await say(services, current, connectionId, `${calltransfer_failure_tpl[0]} ${goodbye_tpl[0]}`, goodbyeContext);
  if (!said) await leave(services, call, connectionId);
}

/** False when the service would not say it. */
async function say(services: Needs, call: Call, connectionId: string, text: string, context: string): Promise<boolean> {
  const { availables } = call.initiate.lang;
  const voice = availables.find((each) => each.short_code === call.lang_short_code) ?? availables[0];
  try {
    await services.automation.play(connectionId, text, { language: call.lang_short_code, voice: voice?.voice ?? "" }, context);
    return true;
  } catch (error) {
    services.log.warn({ callId: call.call_id, status: statusOf(error) }, "the service could not speak to the caller");
    return false;
  }
}

const talksWithColleague = ({ handover }: CallRecord): boolean => handover?.state === "taken";
const phrasesOf = (call: Call) => phrasesIn(call.lang_short_code, call.initiate);
const later = (now: () => Date, delayMs: number): string => new Date(now().getTime() + delayMs).toISOString();
