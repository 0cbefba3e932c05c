/** A bridge whose calls all have sockets of their own. */
import type { BridgeServices } from "../../runtime/bridge/bridge-app.ts";

export const noCarried: BridgeServices["carried"] = {
  calls: { hangUp: async () => undefined, refer: async () => undefined },
  openCall: () => {
    throw new Error("No call is carried here.");
  },
  conclude: async () => undefined,
  steering: { take: async () => undefined, adrift: async () => [] },
};
