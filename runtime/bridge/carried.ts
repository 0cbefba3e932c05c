/** Calls whose sound the model's service carries, as one bridge has them: taken up under a lease, steered, let go of or ended. */
import type { Logger } from "pino";
import type { Call } from "../calls/call.ts";
import { inProgress } from "../calls/conclude.ts";
import { type CarriedConnection, type Lease, renewEveryMs, type Steering } from "../calls/steering.ts";
import type { CallStore } from "../calls/store.ts";
import type { RealtimeCalls } from "../services/realtime-calls.ts";
import type { LiveCall } from "./call-resources.ts";
import type { Clock } from "./clock.ts";
import { type CarriedTelephone, carriedTelephone } from "./telephone/carried.ts";
import type { OpenVoiceModel } from "./voice-model/voice-model.ts";

export interface CarriedServices {
  readonly store: Pick<CallStore, "get">;
  readonly steering: Steering;
  readonly clock: Clock;
  readonly calls: Pick<RealtimeCalls, "hangUp" | "refer">;
  /** Joins the service's call; `over` is told when it does not know the call any more. */
  readonly openCall: (call: { readonly callId: string; readonly over: () => void }) => OpenVoiceModel;
  /** Why no call can be taken now, while the bridge drains or is full; `resumed` is one that was in progress elsewhere. */
  readonly refusal: (resumed: boolean) => string | undefined;
  /** Runs the call; it counts as live from the moment this is asked until it has ended. Rejects when the bridge begins to drain meanwhile. */
  readonly run: (call: Call, resumed: boolean, telephone: CarriedTelephone, openModel: OpenVoiceModel) => Promise<LiveCall>;
  /** The call is over: its record ends, and what follows a call is queued. */
  readonly conclude: (call: Call) => Promise<void>;
  /** Is told of what is left to do once a call has ended, which a bridge that stops waits for. Never rejects. */
  readonly outlives?: (work: Promise<void>) => void;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** `steered` is a call that some bridge has by now, be it this one; `refused` says why this one cannot take it. */
export type Taken = "steered" | "over" | { readonly refused: string };

/** Takes the call up unless somebody steers it. Rejects when a service fails; the call is then free to be taken by any bridge. */
export async function takeUp(connection: CarriedConnection, services: CarriedServices): Promise<Taken> {
  const { store, steering } = services;
  const lease = await steering.take(connection);
  if (!lease) return "steered";
  try {
    const first = await store.get(connection.callId);
    const call = first && (await inProgress(store, first));
    if (!call) {
      await lease.end();
      return "over";
    }
    // A conversation that has gone on under another record, or in which we have spoken, was in progress elsewhere.
    const resumed = call !== first || call.messages.some((each) => each.persona === "assistant" && each.action === "talk");
    const refused = services.refusal(resumed);
    if (refused === undefined) await steer(call, resumed, connection, lease, services);
    else await lease.leave();
    return refused === undefined ? "steered" : { refused };
  } catch (error) {
    await lease.leave();
    throw error;
  }
}

async function steer(
  call: Call,
  resumed: boolean,
  { connectionId, callId }: CarriedConnection,
  lease: Lease,
  services: CarriedServices,
): Promise<void> {
  const { calls, openCall, run, outlives } = services;
  const telephone = carriedTelephone({ callId: connectionId, calls });
  const openModel = openCall({ callId: connectionId, over: () => telephone.over() });
  const live = await run(call, resumed, telephone, openModel);
  const stop = keepSteering(live, callId, lease, services);
  const left = live.ended.then(stop).then(() => settle(call, telephone.isOver, lease, services));
  outlives?.(left);
}

/** Renews the lease until the returned function is called. A bridge that was held up for too long finds that another has the call, and lets go. */
function keepSteering(live: LiveCall, callId: string, lease: Lease, { clock, log }: CarriedServices): () => void {
  let cancel: () => void = () => undefined;
  let stopped = false;
  const again = () => {
    if (!stopped) cancel = clock.after(renewEveryMs, () => void renew());
  };
  const renew = async () => {
    const ours = await lease.renew().catch(() => {
      log.warn({ callId }, "it could not be kept that a call is steered");
      return true;
    });
    if (ours) return again();
    if (stopped) return;
    log.warn({ callId }, "another bridge has taken a call that this one did not say it steers; it is let go of");
    live.move();
  };
  // At once: whoever was slow to begin may have lost the call before its first word.
  void renew();
  return () => {
    stopped = true;
    cancel();
  };
}

/** No network reports the end of a carried call: whoever steered it knows. What could not be kept is found again by who looks for calls that nobody steers. */
async function settle(call: Call, isOver: boolean, lease: Lease, { conclude, log }: CarriedServices): Promise<void> {
  const { call_id: callId } = call;
  try {
    if (isOver) await conclude(call);
    await (isOver ? lease.end() : lease.leave());
  } catch {
    log.error({ callId }, isOver ? "a call's end could not be kept" : "no bridge could be told that a call was let go of");
    await lease.leave().catch(() => undefined);
  }
}
