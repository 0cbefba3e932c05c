/** The bridge app: phone audio on one side, a voice model on the other. Start and stop, nothing else. */
import { BridgeApp } from "./bridge/bridge-app.ts";
import { bridgeServer } from "./bridge/bridge-server.ts";
import { openBridgeServices } from "./bridge/bridge-services.ts";
import { surviveFaults } from "./bridge/process-faults.ts";
import { readSettings, SettingsError } from "./services/environment.ts";
import { bridgeSettings } from "./settings.ts";

/** The platform grants 600 s between asking to stop and stopping (components/bridge-app.ts). Moving what is left takes 20 s. */
const drainMs = 560_000;

const services = openBridgeServices(settings());
const bridge = new BridgeApp(services);
bridgeServer(bridge).listen(Number(process.env.PORT ?? 8080));
bridge.lookOut();
services.sidebands
  .resume()
  .catch(() => services.log.warn("chats that were watched before the start are left to the next look at them"));

process.once("SIGTERM", () => void bridge.drain(drainMs).then(() => process.exit(0)));
surviveFaults(process, { move: () => bridge.drain(0), exit: (code) => process.exit(code), log: services.log });

function settings() {
  try {
    return readSettings(bridgeSettings, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
