/** How fast one principal may ask one instance of the app: each request of the chat reads or writes the database. */
import type { MiddlewareHandler } from "hono";
import { TokenBuckets } from "../bridge/token-buckets.ts";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import type { Web } from "./staff.ts";

/** No person and no page of theirs comes near it. */
const most = { burst: 120, perSecond: 10 } as const;

/** Throws `Problem` 429 when it is too fast. */
export type Pace = (userId: string) => void;

export function openPace({ now }: Pick<Services, "now">): Pace {
  const buckets = new TokenBuckets(most, { nowMs: () => now().getTime(), after: () => () => undefined });
  return (userId) => {
    if (buckets.take(userId)) return;
    throw new Problem(
      429,
      "These are more requests than a person can send.",
      [`Go on in a second, with at most ${most.perSecond} a second.`],
      1_000,
      "too-fast",
    );
  };
}

/** After whoever asks is known. */
export const paced =
  (pace: Pace): MiddlewareHandler<Web> =>
  async (context, next) => {
    pace(context.var.person.id);
    return next();
  };
