/** Tells the address a call names that the call is over: once it is all known, signed, and again for a day when nobody takes it. */
import { z } from "zod";
import type { Services } from "../services/services.ts";
import { Undelivered } from "../services/webhook-poster.ts";
import type { Call } from "./call.ts";
import { viewOf } from "./view.ts";

/** Waits before each further attempt: the schedule Standard Webhooks recommends, up to a day. */
export const retryDelaysMs = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000] as const;

const jobSchema = z.object({
  callId: z.uuid(),
  attempt: z
    .int()
    .min(1)
    .max(retryDelaysMs.length + 1),
});

/**
 * Queues the first attempt. Safe to repeat: it is noted once it is queued, so that a queue that fails is asked again, and whatever is queued twice
 * comes to the receiver under one id.
 */
export async function announceEnd({ store, webhooks }: Pick<Services, "store" | "webhooks">, call: Call): Promise<void> {
  if (!call.initiate.webhook_url || (await store.get(call.call_id))?.webhook) return;
  await webhooks.add({ callId: call.call_id, attempt: 1 }, 0);
  await store.change(call.call_id, (record) => (record.webhook ? record : { ...record, webhook: { attempts: 0 } }));
}

/** One queue message. Throws when the next attempt cannot be queued, so that this one comes again. */
export async function deliverEnd(services: Services, message: unknown): Promise<void> {
  const { store, poster, webhooks, now, log } = services;
  const job = jobSchema.safeParse(message);
  if (!job.success) return log.warn("a message on the webhooks queue names no call; passed over");
  const { callId, attempt } = job.data;
  const call = await store.get(callId);
  const address = call?.initiate.webhook_url;
  if (!call || !address || call.webhook?.delivered_at) return;
  try {
    await poster.post(address, `call-ended-${callId}`, { type: "call.ended", timestamp: now().toISOString(), data: told(call) });
    await store.change(callId, (record) => ({ ...record, webhook: { attempts: attempt, delivered_at: now().toISOString() } }));
    log.info({ callId, attempt }, "webhook delivered");
  } catch (error) {
    const delayMs = error instanceof Undelivered && !error.worthRepeating ? undefined : retryDelaysMs[attempt - 1];
    const why = error instanceof Undelivered ? error.message : "Something failed on our side.";
    await store.change(callId, (record) => ({ ...record, webhook: { attempts: attempt, last_fault: why } }));
    if (delayMs === undefined) return log.error({ callId, attempt }, "webhook given up");
    log.warn({ callId, attempt }, "webhook not delivered; tried again later");
    await webhooks.add({ callId, attempt: attempt + 1 }, delayMs);
  }
}

/** What `GET /call/{id}` answers, without the conversation: who needs it asks for it with a token. */
function told(call: Call): object {
  const { messages: _, ...view } = viewOf(call);
  return view;
}
