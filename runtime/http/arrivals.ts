/**
 * How many new visitors may come from one place: a burst, then one every few seconds. Counted by each instance of the app for itself, so that
 * n instances let in n times as many; and by the address that the platform's front end saw last, which is a gateway's where one stands before it.
 */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { TokenBuckets } from "../bridge/token-buckets.ts";

export interface Arrivals {
  /** False when too many have come from there of late. `forwardedFor` is the header of that name. */
  admit(forwardedFor: string | undefined): boolean;
}

/** A household or a small office behind one address, arriving at once. */
const size = { burst: 10, perSecond: 1 / 6 } as const;
export const retryAfterMs = 1_000 / size.perSecond;

/** Places are told apart by a digest with a salt of this day and process, so that nothing kept says where anyone was. */
export function arrivals({ now, newNonce }: { readonly now: () => Date; readonly newNonce: () => string }): Arrivals {
  const clock = { nowMs: () => now().getTime(), after: () => () => undefined };
  let today = { day: "", salt: "", buckets: new TokenBuckets(size, clock) };
  return {
    admit(forwardedFor) {
      const day = now().toISOString().slice(0, 10);
      if (day !== today.day) today = { day, salt: newNonce(), buckets: new TokenBuckets(size, clock) };
      return today.buckets.take(
        createHash("sha256")
          .update(`${today.salt}\n${placeOf(forwardedFor)}`)
          .digest("base64url"),
      );
    },
  };
}

/**
 * The last address, which the front end itself added; those before it are the client's own words. Of IPv6 the half that a household is given,
 * since it can make up the other.
 */
function placeOf(forwardedFor: string | undefined): string {
  const last = forwardedFor?.split(",").at(-1)?.trim() ?? "";
  const address = /^\[(.+)\](?::\d+)?$/.exec(last)?.[1] ?? last.replace(/^([\d.]+):\d+$/, "$1");
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, "");
  return isIPv6(plain) ? halfOf(plain) : plain;
}

function halfOf(address: string): string {
  const [before = "", after] = address.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const groups = [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0"), ...tail];
  return groups
    .slice(0, 4)
    .map((each) => Number.parseInt(each, 16).toString(16))
    .join(":");
}
