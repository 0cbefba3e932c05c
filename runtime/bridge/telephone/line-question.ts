/** What has become of a call whose sound is gone: asked until it is known, or has been waited for long enough. */
import type { Clock } from "../clock.ts";

/** Pauses between the questions; after the last one the call is over for its phone, 20 s in all. */
const askAfterMs = [500, 1_000, 2_000, 3_000, 4_000, 4_500, 5_000];

/** `over` is called once when `standing` says so, or never said anything else for long enough. The returned function ends the asking. */
export function askForLine(clock: Clock, standing: () => Promise<"connected" | "gone">, over: () => void): () => void {
  let cancelled = false;
  let cancel: () => void = () => undefined;
  const ask = async ([pauseMs, ...later]: readonly number[]): Promise<void> => {
    const found = await standing().catch(() => "unknown" as const);
    if (cancelled) return;
    if (found === "gone" || pauseMs === undefined) return over();
    cancel = clock.after(pauseMs, () => void ask(later));
  };
  void ask(askAfterMs);
  return () => {
    cancelled = true;
    cancel();
  };
}
