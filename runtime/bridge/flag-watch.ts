/** The flags of a call in progress, live: whoever sets one sees it in calls that are already running. */
import type { Flags } from "../flags.ts";
import type { FlagReader } from "../services/flags.ts";
import type { Clock } from "./clock.ts";

/** The reader keeps what it read for a minute; looking often adds little to that and costs nothing. */
const lookEveryMs = 5_000;

/** Tells of flags other than `flags` from now on; the returned function ends that. */
export function watchFlags(flags: Flags, read: FlagReader, clock: Clock, tell: (flags: Flags) => void): () => void {
  let known = flags;
  let over = false;
  let cancel: () => void = () => undefined;
  const look = async () => {
    const now = await read();
    if (over) return;
    if (!isSame(known, now)) tell(now);
    known = now;
    wait();
  };
  const wait = () => {
    cancel = clock.after(lookEveryMs, () => void look());
  };
  wait();
  return () => {
    over = true;
    cancel();
  };
}

const isSame = (one: Flags, other: Flags): boolean =>
  (Object.keys(other) as (keyof Flags)[]).every((name) => one[name] === other[name]);
