/** Finds carried calls whose bridge is gone: looked for at once when a bridge starts, and every second from then on. */
import { type CarriedConnection, lookEveryMs } from "../calls/steering.ts";
import { type CarriedServices, takeUp } from "./carried.ts";

/** Takes up what nobody steers, as far as there is room. The returned function stops it. */
export function lookOut(services: CarriedServices): () => void {
  const { steering, refusal, clock, log } = services;
  let cancel: () => void = () => undefined;
  let stopped = false;
  let failing = false;
  /** By the service's ids: calls that are being taken up, each of which may take its time without keeping the others waiting. */
  const underWay = new Set<string>();
  const rescue = async (connection: CarriedConnection) => {
    underWay.add(connection.connectionId);
    const taken = await takeUp(connection, services).catch(() => "a service failed");
    underWay.delete(connection.connectionId);
    log.warn({ callId: connection.callId, taken }, "a call was found that no bridge steered");
  };
  const look = async () => {
    if (refusal(true) !== undefined) return;
    for (const each of await steering.adrift()) if (!underWay.has(each.connectionId)) void rescue(each);
  };
  const again = async () => {
    try {
      await look();
      failing = false;
    } catch {
      if (!failing) log.warn("calls that nobody steers cannot be looked for; tried again every second");
      failing = true;
    }
    if (!stopped) cancel = clock.after(lookEveryMs, () => void again());
  };
  void again();
  return () => {
    stopped = true;
    cancel();
  };
}
