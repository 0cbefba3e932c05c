/** The functions app's HTTP side as one web application: routes from each part, and one way to answer what goes wrong. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Problem } from "../problem.ts";
import type { Services } from "../services/services.ts";
import { carriedByTwilio } from "../settings.ts";
import { browserPhoneRoutes } from "./browser-phone.tsx";
import { callRoutes } from "./calls.ts";
import { chatRoutes } from "./chat.ts";
import { healthRoutes } from "./health.ts";
import { pageRoutes } from "./pages.tsx";
import { problemAnswer } from "./problem-answer.tsx";
import { signInRoutes } from "./sign-in.ts";
import { signalRRoutes } from "./signalr.ts";
import { sipRoutes } from "./sip.ts";
import type { Web } from "./staff.ts";
import { twilioRoutes } from "./twilio.ts";
import type { OpenId, Verify } from "./verify.ts";
import { visitorSessions } from "./visitor-sessions.ts";
import { visitorRoutes } from "./visitors.ts";

export interface Doors {
  /** Tokens of people and of the app's own identity. */
  readonly staff: Verify;
  /** Tokens of Call Automation. */
  readonly callback: Verify;
  readonly metadata: () => Promise<OpenId>;
}

/** A task of ten thousand characters, a claim of a hundred fields and an SDP offer all fit several times over. */
const largestBody = 256 * 1_024;

export function httpApp(services: Services, doors: Doors): Hono<Web> {
  const { settings, credential, newNonce, log } = services;
  const visits = visitorSessions(services);
  const door = { verify: doors.staff, functionsUrl: settings.FUNCTIONS_URL, visitor: visits.verify };
  const app = new Hono<Web>();
  app.use(
    bodyLimit({
      maxSize: largestBody,
      onError: () => {
        throw new Problem(413, `The body is larger than ${largestBody / 1_024} KiB.`, [
          "Send less: no task, message or SDP offer needs as much.",
        ]);
      },
    }),
  );
  app.use(async (context, next) => {
    await next();
    context.header("x-content-type-options", "nosniff");
    // Nearly everything here is about a person, and none of it changes seldom enough to be worth keeping anywhere.
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
    // Not "no-referrer": a browser then posts our own forms with the origin "null", which they could not be told from others' by.
    context.header("referrer-policy", "same-origin");
    if (settings.FUNCTIONS_URL.startsWith("https:")) context.header("strict-transport-security", "max-age=31536000");
  });
  app.route("/", healthRoutes(services));
  app.route("/", callRoutes(services, doors));
  app.route("/", sipRoutes(services));
  if (carriedByTwilio(settings)) app.route("/", twilioRoutes({ ...services, settings }));
  app.route("/", browserPhoneRoutes(services, doors.staff));
  app.route("/", signalRRoutes(services, door));
  app.route("/", visitorRoutes(services, door, visits));
  app.route("/", chatRoutes(services, door));
  app.route("/", pageRoutes(services, doors.staff));
  app.route(
    "/",
    signInRoutes({
      metadata: doors.metadata,
      clientId: settings.STAFF_CLIENT_ID,
      functionsUrl: settings.FUNCTIONS_URL,
      credential,
      verify: doors.staff,
      newNonce,
    }),
  );
  app.notFound((context) => {
    const methods = methodsAt(app, context.req.path);
    if (methods.length === 0) return problemAnswer(context, newNonce(), nothingHere);
    context.header("allow", methods.join(", "));
    return problemAnswer(context, newNonce(), {
      status: 405,
      message: `This address does not take ${context.req.method}.`,
      details: [`Send ${methods.join(" or ")}.`],
    });
  });
  app.onError((error, context) => {
    if (error instanceof Problem) return problemAnswer(context, newNonce(), error);
    // The error's own words may quote a person, so only its kind is logged.
    log.error({ kind: error.name }, "request failed");
    return problemAnswer(context, newNonce(), {
      status: 500,
      message: "Something failed on our side; it is in the log. Try again.",
    });
  });
  return app;
}

const nothingHere = {
  status: 404,
  message: "There is nothing at this address.",
  details: ["Check the address; people begin at /report or /chat, programs at POST /call or POST /api/ModelRouter."],
} as const;

/** What an address takes. */
const methodsAt = (app: Hono<Web>, path: string): string[] =>
  ["GET", "POST", "DELETE"].filter((method) => app.router.match(method, path)[0].some(([[, route]]) => route.method === method));
