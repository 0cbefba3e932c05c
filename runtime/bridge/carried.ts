/** `POST /calls/carried`: the functions app hands over a call whose sound the model's service carries. */
import type { Logger } from "pino";
import { z } from "zod";
import type { Call } from "../calls/call.ts";
import { inProgress } from "../calls/conclude.ts";
import { steered, steersForMs } from "../calls/line.ts";
import type { CallStore } from "../calls/store.ts";
import type { Verify } from "../http/verify.ts";
import type { RealtimeCalls } from "../services/realtime-calls.ts";
import type { LiveCall } from "./call-resources.ts";
import type { Clock } from "./clock.ts";
import { type CarriedTelephone, carriedTelephone } from "./telephone/carried.ts";
import type { OpenVoiceModel } from "./voice-model/voice-model.ts";

export interface CarriedServices {
  readonly settings: { readonly AZURE_CLIENT_ID: string };
  /** Tokens of the directory for our app registration. */
  readonly verifyApp: Verify;
  readonly store: Pick<CallStore, "get" | "changeLine">;
  readonly clock: Clock;
  readonly calls: Pick<RealtimeCalls, "hangUp" | "refer">;
  /** Joins the service's call; `over` is told when it does not know the call any more. */
  readonly openCall: (call: { readonly callId: string; readonly over: () => void }) => OpenVoiceModel;
  /** Why no call can be taken now, while the bridge drains or is full. */
  readonly refusal: () => string | undefined;
  readonly isLive: (callId: string) => boolean;
  /** Runs the call; it counts as live from the moment this is asked until it has ended. */
  readonly run: (call: Call, telephone: CarriedTelephone, openModel: OpenVoiceModel) => Promise<LiveCall> | LiveCall;
  /** The call is over: its record ends, and what follows a call is queued. */
  readonly conclude: (call: Call) => Promise<void>;
  /** Finds the call another bridge, when this one stops and lets go of it; absent means that it stays with the model alone. */
  readonly handOver?: (callId: string) => Promise<void>;
  /** Is told of what is left to do once a call has ended, which a bridge that stops waits for. Never rejects. */
  readonly outlives?: (work: Promise<void>) => void;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

const bodySchema = z.object({ callId: z.uuid() });

/** 204 once the bridge has the call; 401, 403, 404, 409, 422 or 503 in the API's error shape otherwise. */
export async function attachCarried(request: Request, services: CarriedServices): Promise<Response> {
  const refused = await refuseUnlessOurs(request, services);
  if (refused) return refused;
  const asked = bodySchema.safeParse(await request.json().catch(() => undefined));
  if (!asked.success) return failure(422, "Name the call: {callId}, the UUID of its record.");
  const { callId } = asked.data;
  if (services.isLive(callId)) return new Response(null, { status: 204 });
  const call = await services.store.get(callId);
  if (!call) return failure(404, "There is no such call.");
  if (call.status === "ended") return failure(409, "The call has ended.");
  if (!call.connection_id || (call.carrier !== "sip" && call.carrier !== "browser"))
    return failure(409, "The model's service does not carry this call; its sound comes over a media socket.");
  const busy = services.refusal();
  if (busy) return failure(503, busy);
  // Another request for the same call may have been faster meanwhile.
  if (services.isLive(callId)) return new Response(null, { status: 204 });
  await take(call, call.connection_id, services);
  return new Response(null, { status: 204 });
}

async function take(call: Call, connectionId: string, services: CarriedServices): Promise<void> {
  const telephone = carriedTelephone({ callId: connectionId, calls: services.calls });
  const openModel = services.openCall({ callId: connectionId, over: () => telephone.over() });
  const live = await services.run(call, telephone, openModel);
  const letGo = steer(call.call_id, services);
  const left = live.ended
    .then(letGo)
    .then(() => (telephone.isOver ? concluded(call, services) : handedOver(call.call_id, services)));
  services.outlives?.(left);
}

/** Says that the call is steered, over and over: once that stops the sweeper finds the call another bridge. The returned function stops it. */
function steer(callId: string, { store, clock, log }: CarriedServices): () => void {
  let cancel: () => void;
  const keep = async () => {
    const call = await store.get(callId);
    const current = call && (await inProgress(store, call));
    if (current) await store.changeLine(current.call_id, (line) => steered(line, clock.nowMs()));
  };
  const say = () => {
    cancel = clock.after(steersForMs / 3, say);
    keep().catch(() => log.warn({ callId }, "it could not be kept that a call is steered"));
  };
  say();
  return () => cancel();
}

/** No network reports the end of a carried call: whoever steered it knows. */
async function concluded(call: Call, { conclude, log }: CarriedServices): Promise<void> {
  await conclude(call).catch(() => log.error({ callId: call.call_id }, "a call's end could not be kept"));
}

async function handedOver(callId: string, { handOver, log }: CarriedServices): Promise<void> {
  await handOver?.(callId).catch(() => log.error({ callId }, "no other bridge took a call; it stays with the model alone"));
}

/** Only the functions app, whose identity is ours too, may ask. */
export async function refuseUnlessOurs(
  request: Request,
  { verifyApp, settings }: Pick<CarriedServices, "verifyApp" | "settings">,
): Promise<Response | undefined> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const claims = token ? await verifyApp(token).catch(() => "unknown" as const) : undefined;
  if (claims === "unknown") return failure(503, "The directory's keys cannot be had now; try again.");
  if (!claims) return failure(401, "Ask with a token of the directory for this app's registration.");
  if ((claims.azp ?? claims.appid) !== settings.AZURE_CLIENT_ID)
    return failure(403, "Only the functions app of this customer may ask.");
  return undefined;
}

function failure(status: number, message: string): Response {
  return Response.json({ error: { message, details: [] } }, { status });
}
