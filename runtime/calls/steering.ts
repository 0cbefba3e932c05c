/**
 * Which bridge steers a call that the model's service carries: the one that has the call's lease in the store. Nobody tells that a bridge died
 * with such a call, whose caller then goes on with the model alone; its lease tells, which is not renewed any more. A bridge that was only held
 * up for so long finds at its next renewal that another one has the call, and lets go.
 *
 * Bridges compare each other's leases with their own clocks, which the platform keeps within milliseconds of each other.
 */
import type { Document, Documents, Stored } from "../services/documents.ts";
import { digest } from "./addresses.ts";

/**
 * A lease's length, and the pause before it is renewed: two renewals may fail. An hour of a call costs 3,600 reads and as many writes by
 * their ids.
 */
export const steersForMs = 3_000;
export const renewEveryMs = 1_000;
/** A bridge looks this often for calls that nobody steers: one question to one partition each time. */
export const lookEveryMs = 1_000;

/** The line of a carried call. */
export interface CarriedConnection {
  /** The service's own id of the call. */
  readonly connectionId: string;
  /** The record that the line began with; its conversation may go on under another one. */
  readonly callId: string;
}

/** One bridge's sight of who steers what. */
export interface Steering {
  /** Undefined while somebody steers the call, or when another was faster. */
  take(connection: CarriedConnection): Promise<Lease | undefined>;
  /** Calls that were steered and are not any more. */
  adrift(): Promise<readonly CarriedConnection[]>;
}

export interface Lease {
  /** False when it is not ours any more: another bridge steers the call. */
  renew(): Promise<boolean>;
  /** Any bridge may take the call at once. Does nothing to a lease that is not ours any more. */
  leave(): Promise<void>;
  /** The call is over, and its lease goes. Does nothing to one that is not ours any more. */
  end(): Promise<void>;
}

/** A partition of the listings beside the months. */
const partition = "carried";
const pageSize = 100;
/** Two bridges at most write a lease at the same moment. */
const attempts = 5;

/** `bridge` names this process, and no other one ever. */
export function openSteering(documents: Documents, bridge: string, now: () => Date): Steering {
  const until = (forMs: number): string => new Date(now().getTime() + forMs).toISOString();
  /** Leases of this process: one that it was too slow to renew is its own all the same, until another bridge takes it. */
  const held = new Set<string>();
  const isFree = ({ id, until }: Document): boolean => !held.has(id) && Date.parse(String(until)) <= now().getTime();

  function leaseOf({ connectionId, callId }: CarriedConnection): Lease & { begin(): Promise<boolean> } {
    const id = digest(connectionId);
    const lease = (forMs: number): Document => ({ id, month: partition, connectionId, callId, bridge, until: until(forMs) });
    const read = () => documents.read("listings", partition, id);
    const write = (forMs: number, { etag }: Stored) => documents.replace("listings", partition, lease(forMs), etag);
    const keep = async (forMs: number): Promise<boolean> => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const stored = await read();
        if (stored?.document.bridge !== bridge) return false;
        if (await write(forMs, stored)) return true;
      }
      throw new Error("A call's lease changed at every attempt; something writes it in a loop.");
    };
    return {
      async begin() {
        const stored = await read();
        if (stored && !isFree(stored.document)) return false;
        const begun = stored
          ? await write(steersForMs, stored)
          : await documents.create("listings", partition, lease(steersForMs));
        if (begun) held.add(id);
        return begun;
      },
      renew: () => keep(steersForMs),
      async leave() {
        held.delete(id);
        await keep(0);
      },
      async end() {
        held.delete(id);
        if (await keep(steersForMs)) await documents.remove("listings", partition, id);
      },
    };
  }

  return {
    async take(connection) {
      const { begin, ...lease } = leaseOf(connection);
      return (await begin()) ? lease : undefined;
    },
    async adrift() {
      const found: Document[] = [];
      let continuation: string | undefined;
      do {
        const page = await documents.page("listings", partition, { limit: pageSize, continuation });
        found.push(...page.documents.filter(isFree));
        continuation = page.continuation;
      } while (continuation);
      return found.map(({ connectionId, callId }) => ({ connectionId: String(connectionId), callId: String(callId) }));
    },
  };
}
