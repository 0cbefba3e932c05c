/** How many of a thing that costs or disturbs somebody one number or person gets in a while, whoever asks for it. */
import type { Documents } from "../services/documents.ts";

export interface Ration {
  /** What is handed out, such as `codes`: letters and hyphens. */
  readonly kind: string;
  readonly most: number;
  /** Each one counts for so long. */
  readonly withinMs: number;
  /** Of those that count, so many may be in use at a time. */
  readonly atOnce?: { readonly most: number; readonly inUse: (taken: Taken) => Promise<boolean> };
}

export interface Taken {
  /** ISO 8601. */
  readonly at: string;
  /** What it was taken for, or empty. */
  readonly use: string;
}

/** Nothing is left: `in use` until one is given back, `spent` until a time. */
export type Refusal = { readonly why: "in use" } | { readonly why: "spent"; readonly until: Date };

/** Those who ask one person's ration at once are a handful; more collisions than this mean a loop. */
const attempts = 50;
const takenId = "taken";

/**
 * Takes one of what is left for `whom`, an E.164 number or a person's id; undefined when it was taken. For a `use` that has one already none is
 * taken again. Counted in one document, so that those who ask at once do not both get the last one.
 */
export async function takeRation(
  documents: Documents,
  now: Date,
  whom: string,
  { kind, most, withinMs, atOnce }: Ration,
  use = "",
): Promise<Refusal | undefined> {
  const partition = `${kind}:${whom}`;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await documents.read("callers", partition, takenId);
    const counted = ((before?.document.taken ?? []) as readonly Taken[]).filter(
      ({ at }) => Date.parse(at) + withinMs > now.getTime(),
    );
    if (use && counted.some((each) => each.use === use)) return undefined;
    const [oldest] = counted.slice(-most);
    if (oldest && counted.length >= most) return { why: "spent", until: new Date(Date.parse(oldest.at) + withinMs) };
    if (atOnce && (await numberInUse(counted, atOnce)) >= atOnce.most) return { why: "in use" };
    const after = {
      id: takenId,
      phoneNumber: partition,
      taken: [...counted, { at: now.toISOString(), use }],
      ttl: Math.ceil(withinMs / 1_000),
    };
    const kept = before
      ? await documents.replace("callers", partition, after, before.etag)
      : await documents.create("callers", partition, after);
    if (kept) return undefined;
  }
  throw new Error("What is left of a ration changed at every attempt; something takes it in a loop.");
}

/** The newest first, which are the likeliest, and no further than it matters. */
async function numberInUse(counted: readonly Taken[], { most, inUse }: NonNullable<Ration["atOnce"]>): Promise<number> {
  let found = 0;
  for (const each of counted.toReversed()) {
    if (found === most) break;
    if (await inUse(each)) found++;
  }
  return found;
}
