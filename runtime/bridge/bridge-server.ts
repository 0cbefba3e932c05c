/** The bridge's HTTP server: its routes, its media sockets, and patience for neither of them that never say what they want. */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { BridgeApp } from "./bridge-app.ts";

/** A request, an upgrade's too, is complete by then or its connection is closed. */
const requestWithinMs = 10_000;

export function bridgeServer(bridge: BridgeApp, withinMs: number = requestWithinMs): Server {
  const routes = new Hono();
  routes.get("/healthz", (context) => context.json({ status: "alive" }));
  routes.get("/readyz", () => bridge.readiness());
  routes.post("/chat/sideband", (context) => bridge.attachSideband(context.req.raw));
  routes.post("/chat/sideband/end", (context) => bridge.endSideband(context.req.raw));
  routes.post("/calls/carried", (context) => bridge.attachCarried(context.req.raw));
  const timeouts = { headersTimeout: withinMs, requestTimeout: withinMs, connectionsCheckingInterval: withinMs / 10 };
  const server = createServer(timeouts, getRequestListener(routes.fetch));
  server.on("upgrade", (request, socket, head) => bridge.upgrade(request, socket, head));
  return server;
}
