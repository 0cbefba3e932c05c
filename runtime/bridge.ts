/** The bridge app: phone audio on one side, a voice model on the other. Start and stop, nothing else. */
import { BridgeApp } from "./bridge/bridge-app.ts";
import { bridgeServer } from "./bridge/bridge-server.ts";
import { openBridgeServices } from "./bridge/bridge-services.ts";
import { readSettings, SettingsError } from "./services/environment.ts";
import { bridgeSettings } from "./settings.ts";

/** The platform grants 600 s between asking to stop and stopping (components/bridge-app.ts); the rest is for moving what is left. */
const drainMs = 540_000;

const bridge = new BridgeApp(openBridgeServices(settings()));
bridgeServer(bridge).listen(Number(process.env.PORT ?? 8080));

process.once("SIGTERM", () => void bridge.drain(drainMs).then(() => process.exit(0)));

function settings() {
  try {
    return readSettings(bridgeSettings, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
