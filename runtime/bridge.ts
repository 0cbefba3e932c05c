/** The bridge app: phone audio on one side, a voice model on the other. Routes and signals, nothing else. */
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { BridgeApp } from "./bridge/bridge-app.ts";
import { openBridgeServices } from "./bridge/bridge-services.ts";
import { readSettings, SettingsError } from "./services/environment.ts";
import { bridgeSettings } from "./settings.ts";

/** The platform grants 600 s between asking to stop and stopping (components/bridge-app.ts); the rest is for the last records. */
const drainMs = 570_000;

const bridge = new BridgeApp(openBridgeServices(settings()));
const routes = new Hono();
routes.get("/healthz", (context) => context.json({ status: "alive" }));
routes.get("/readyz", () => bridge.readiness());
routes.post("/chat/sideband", (context) => bridge.attachSideband(context.req.raw));

const server = createServer(getRequestListener(routes.fetch));
server.on("upgrade", (request, socket, head) => bridge.upgrade(request, socket, head));
server.listen(Number(process.env.PORT ?? 8080));

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
