/** A Foundry account: several services at one address, told apart by path. */
import type { Service } from "../service.ts";
import { voiceLivePath } from "./voice-live.ts";

export function createFoundry({ speech, voiceLive }: Readonly<Record<"speech" | "voiceLive", Service>>): Service {
  const serving = (pathname: string) => (pathname === voiceLivePath ? voiceLive : speech);
  return {
    fetch: (request) => serving(new URL(request.url).pathname).fetch(request),
    upgrade(request, socket, head) {
      const { pathname } = new URL(request.url ?? "/", "https://localhost");
      serving(pathname).upgrade?.(request, socket, head);
    },
    async close() {
      await Promise.all([speech.close?.(), voiceLive.close?.()]);
    },
  };
}
