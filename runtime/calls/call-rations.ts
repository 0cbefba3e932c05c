/** How many calls one person, or one app that dials, may begin: each costs money, and each that is dialled disturbs somebody. */
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { inProgress } from "./conclude.ts";
import { type Ration, type Refusal, takeRation } from "./ration.ts";

type Needs = Pick<Services, "documents" | "store" | "now">;

const hourMs = 3_600_000;
/** One to talk, and one that was left open in another window. */
const inBrowserAtOnce = 2;
/** One every three minutes. */
const inBrowserAnHour = 20;
/** A call that has no record by then did not come about. */
const recordedWithinMs = 60_000;

/** Lets a person (their id) open the call `callId` in a browser, or throws `Problem` 429. */
export async function takeBrowserCall({ documents, store, now }: Needs, whom: string, callId: string): Promise<void> {
  const ration: Ration = {
    kind: "browser-calls",
    most: inBrowserAnHour,
    // Longer than such a call lasts, so that every one in progress is among those that count.
    withinMs: hourMs,
    atOnce: {
      most: inBrowserAtOnce,
      async inUse({ at, use }) {
        const call = await store.get(use);
        if (!call) return now().getTime() - Date.parse(at) < recordedWithinMs;
        return (await inProgress(store, call)) !== undefined;
      },
    },
  };
  const refusal = await takeRation(documents, now(), whom, ration, callId);
  if (refusal?.why === "in use")
    throw new Problem(429, `You have ${inBrowserAtOnce} calls in progress, and no more are allowed at once.`, [
      "End one of them, then call again.",
    ]);
  if (refusal)
    throw spent(refusal, now(), `You have opened ${inBrowserAnHour} calls in an hour, and no more are allowed.`, "Call again");
}

/** Lets a person or an app (their id) place the call `callId`, one of at most `most` in an hour, or throws `Problem` 429. */
export async function takeDialledCall({ documents, now }: Needs, whom: string, most: number, callId: string): Promise<void> {
  const refusal = await takeRation(documents, now(), whom, { kind: "dialled-calls", most, withinMs: hourMs }, callId);
  if (refusal?.why === "spent")
    throw spent(
      refusal,
      now(),
      `You have placed ${most} calls in an hour, and no more are allowed; nobody was rung.`,
      "Place the next one",
      "Allow more with phone.dialledPerHour in the stack's settings, then deploy.",
    );
}

function spent(
  { until }: Extract<Refusal, { why: "spent" }>,
  now: Date,
  message: string,
  next: string,
  ...advice: readonly string[]
): Problem {
  const waitMs = until.getTime() - now.getTime();
  const at = until.toISOString().slice(11, 19);
  return new Problem(429, message, [`${next} at ${at} UTC, in ${Math.ceil(waitMs / 60_000)} min.`, ...advice], waitMs);
}
