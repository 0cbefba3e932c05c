/** The chat's API: which model answers, voice and text turns, and what became of a session. SignalR's part is in signalr.ts. */
import { Hono } from "hono";
import type { Services } from "../services/services.ts";
import { chatDesk } from "./chat-desk.ts";
import { chatRealtimeRoutes } from "./chat-realtime.ts";
import { chatRouterRoutes } from "./chat-router.ts";
import { chatSessionRoutes } from "./chat-sessions.ts";
import { chatTurnRoutes } from "./chat-turns.ts";
import type { Door, Web } from "./staff.ts";

export function chatRoutes(services: Services, door: Door): Hono<Web> {
  const desk = chatDesk(services, door);
  const app = new Hono<Web>();
  for (const routes of [chatRouterRoutes, chatRealtimeRoutes, chatTurnRoutes]) app.route("/", routes(services, desk));
  app.route("/", chatSessionRoutes(services, desk, door));
  return app;
}
