/** How many of a thing that costs or disturbs somebody one number gets in a while, whichever calls ask for it. */
import type { Document, Documents } from "../services/documents.ts";

export interface Ration {
  /** What is handed out, such as `codes`: letters and hyphens. */
  readonly kind: string;
  readonly most: number;
  /** Each one counts for so long. */
  readonly withinMs: number;
}

/**
 * Takes one of what is left for `phoneNumber` (E.164); false when nothing is. Each one taken is a document, so that those who ask at once take
 * different ones; it expires when it counts no more.
 */
export async function takeRation(
  documents: Documents,
  now: Date,
  phoneNumber: string,
  { kind, most, withinMs }: Ration,
): Promise<boolean> {
  const partition = `${kind}:${phoneNumber}`;
  for (let each = 1; each <= most; each++) {
    const taken: Document = {
      id: String(each),
      phoneNumber: partition,
      until: new Date(now.getTime() + withinMs).toISOString(),
      ttl: Math.ceil(withinMs / 1_000),
    };
    const before = await documents.read("callers", partition, taken.id);
    // The database may expire it later than told.
    if (before && String(before.document.until) > now.toISOString()) continue;
    if (
      before
        ? await documents.replace("callers", partition, taken, before.etag)
        : await documents.create("callers", partition, taken)
    )
      return true;
  }
  return false;
}
