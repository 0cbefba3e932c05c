/** `POST /calls/carried`: the functions app hands over a call whose sound the model's service carries. */
import { z } from "zod";
import { type CarriedServices, takeUp } from "./carried.ts";
import { failure, type OurDoor, refuseUnlessOurs } from "./our-door.ts";

const bodySchema = z.object({ callId: z.uuid() });

/** 204 once a bridge has the call, be it another one; 401, 403, 404, 409, 422 or 503 in the API's error shape otherwise. */
export async function attachCarried(request: Request, services: CarriedServices & OurDoor): Promise<Response> {
  const refused = await refuseUnlessOurs(request, services);
  if (refused) return refused;
  const asked = bodySchema.safeParse(await request.json().catch(() => undefined));
  if (!asked.success) return failure(422, "Name the call: {callId}, the UUID of its record.");
  return attach(asked.data.callId, services).catch(() => {
    services.log.error({ callId: asked.data.callId }, "a call could not be taken");
    return failure(503, "The call could not be taken now; try again.");
  });
}

/** Rejects when a service fails. */
async function attach(callId: string, services: CarriedServices): Promise<Response> {
  const call = await services.store.get(callId);
  if (!call) return failure(404, "There is no such call.");
  if (call.status === "ended") return failure(409, "The call has ended.");
  if (!call.connection_id || (call.carrier !== "sip" && call.carrier !== "browser"))
    return failure(409, "The model's service does not carry this call; its sound comes over a media socket.");
  const taken = await takeUp({ connectionId: call.connection_id, callId }, services);
  if (taken === "over") return failure(409, "The call has ended.");
  return taken === "steered" ? new Response(null, { status: 204 }) : failure(503, taken.refused);
}
