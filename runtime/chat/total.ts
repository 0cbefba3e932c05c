/**
 * What the uses in a partition cost together: a sum beside them, so that nobody adds up a session or a day anew. A use and its part of the sum
 * are written in one transaction, so each counts once, whoever tells it how often and whatever fails in between.
 */
import { z } from "zod";
import type { Document, Documents } from "../services/documents.ts";

const totalId = "total";
const totalSchema = z.object({ cost_usd: z.number() });

/** A use's own document, and how long the partition keeps what has an end; without it documents stay as long as the container keeps them. */
export interface CountedUse {
  readonly document: Document;
  readonly costUsd: number;
  readonly ttl?: number;
}

/** False when the use was kept before, which stays as it is. */
export async function keepCounted(documents: Documents, partition: string, use: CountedUse): Promise<boolean> {
  const expiry = use.ttl === undefined ? {} : { ttl: use.ttl };
  const addition = { id: totalId, property: "cost_usd", amount: use.costUsd };
  // The sum is made once, by whoever comes first.
  for (;;) {
    const outcome = await documents.createCounted("chats", partition, { ...use.document, ...expiry }, addition);
    if (outcome !== "nothing to add to") return outcome === "created";
    await documents.create("chats", partition, { id: totalId, sessionId: partition, cost_usd: 0, ...expiry });
  }
}

/** US dollars of all that was kept. */
export async function totalUsd(documents: Documents, partition: string): Promise<number> {
  const stored = await documents.read("chats", partition, totalId);
  return stored ? totalSchema.parse(stored.document).cost_usd : 0;
}
