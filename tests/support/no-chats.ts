/** A bridge that watches no chats. */
import type { BridgeServices } from "../../runtime/bridge/bridge-app.ts";

export const noChats: BridgeServices["sidebands"] = {
  attach: () => Promise.reject(new Error("There are no chats here.")),
  end: () => Promise.reject(new Error("There are no chats here.")),
  resume: async () => undefined,
  handOver: async () => undefined,
  size: 0,
  sockets: 0,
};
