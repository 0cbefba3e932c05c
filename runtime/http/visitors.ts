/** How somebody who is not signed in comes to a session of their own, where the customer has visitors. */
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { chatOptions } from "../chat/options.ts";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { arrivals, retryAfterMs } from "./arrivals.ts";
import { notNow } from "./chat-desk.ts";
import { type Door, requireOwnPage, visitorCookie, visitorOf, type Web } from "./staff.ts";
import { sessionSeconds, type VisitorSessions } from "./visitor-sessions.ts";

/** `POST /api/chat/visitors`: 201 with the session in a cookie, or 200 when the browser has one. */
export function visitorRoutes(services: Services, door: Door, sessions: VisitorSessions): Hono<Web> {
  const { settings, log } = services;
  const { visitors } = chatOptions(settings);
  const home = settings.FUNCTIONS_URL;
  const arriving = arrivals(services);
  const app = new Hono<Web>();

  app.post("/api/chat/visitors", async (context) => {
    if (!visitors)
      throw new Problem(403, "This chat is for people who are signed in.", [
        "Open /sign-in in a browser.",
        "Whoever runs this system lets visitors in by the stack's setting chat.visitors.",
      ]);
    requireOwnPage(context, home);
    if (await visitorOf(context, door)) return context.json({ status: "A visit is under way" });
    if (!arriving.admit(context.req.header("x-forwarded-for")))
      throw new Problem(
        429,
        "Too many visits were started from where you are.",
        [`Try again in ${retryAfterMs / 1_000} s, or sign in.`],
        retryAfterMs,
        "too-fast",
      );
    const { token, expiresAt } = await sessions.open().catch((error: unknown) => {
      log.error({ kind: error instanceof Error ? error.name : "Error" }, "a visitor's session could not be signed");
      throw notNow("No visit can be started at the moment.", ", or sign in");
    });
    setCookie(context, visitorCookie(home), token, {
      httpOnly: true,
      sameSite: "Strict",
      secure: home.startsWith("https:"),
      path: "/",
      maxAge: sessionSeconds,
    });
    return context.json({ status: "A visit has started", expires_at: expiresAt.toISOString() }, 201);
  });
  return app;
}
