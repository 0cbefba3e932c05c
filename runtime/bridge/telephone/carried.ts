/**
 * A call whose sound the model's service carries itself, from a SIP trunk or a browser: nothing is played from here, and the service's own
 * API hangs up and transfers.
 */
import type { RealtimeCalls } from "../../services/realtime-calls.ts";
import type { Telephone, TelephoneEvent } from "./telephone.ts";

export interface CarriedCall {
  /** The service's own id of the call. */
  readonly callId: string;
  readonly calls: Pick<RealtimeCalls, "hangUp" | "refer">;
}

export interface CarriedTelephone extends Telephone {
  /** The service does not know the call any more: it has ended, whoever ended it. */
  over(): void;
  readonly isOver: boolean;
}

export function carriedTelephone({ callId, calls }: CarriedCall): CarriedTelephone {
  let report: ((event: TelephoneEvent) => void) | undefined;
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    report?.({ kind: "closed" });
  };
  return {
    listen(heard) {
      report = heard;
      if (isOver) heard({ kind: "closed" });
    },
    // The service plays what the model says and forgets it on `clear`.
    play: () => undefined,
    stop: () => undefined,
    async hangUp() {
      await calls.hangUp(callId);
      over();
    },
    transfer: (to) => calls.refer(callId, to),
    close() {
      report = undefined;
    },
    over,
    get isOver() {
      return isOver;
    },
  };
}
