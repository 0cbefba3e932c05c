/** The pages: calls for staff, the chat for whoever may use it. */
import { type Context, Hono } from "hono";
import { getCookie } from "hono/cookie";
import { mayBeHeard, withLaterWithdrawal } from "../calls/recording-withdrawal.ts";
import { chatOptions } from "../chat/options.ts";
import { ChatPage } from "../chat/page.tsx";
import { Problem } from "../problem.ts";
import { CallList } from "../reports/list.tsx";
import { SingleCall } from "../reports/single.tsx";
import type { Services } from "../services/services.ts";
import { found, listed } from "./calls.ts";
import { page } from "./page.ts";
import { sessionCookie, staff, type Web } from "./staff.ts";
import type { Verify } from "./verify.ts";

export function pageRoutes({ store, recordings, settings, newNonce }: Services, verify: Verify): Hono<Web> {
  const door = { verify, functionsUrl: settings.FUNCTIONS_URL };
  const viewer = staff(door, "viewer", true);
  const { visitors } = chatOptions(settings);
  const app = new Hono<Web>();

  app.get("/report", viewer, async (context) => {
    const nonce = newNonce();
    return page(context, nonce, <CallList {...(await listed(store, () => undefined))} nonce={nonce} />);
  });

  // A search is posted, so that the number searched for stands in no address, history or access log.
  app.post("/report", viewer, async (context) => {
    const nonce = newNonce();
    const form = await context.req.parseBody();
    const text = (name: string): string | undefined =>
      typeof form[name] === "string" && form[name] !== "" ? form[name] : undefined;
    const phone = text("phone_number");
    try {
      return page(context, nonce, <CallList {...(await listed(store, text))} {...(phone ? { phone } : {})} nonce={nonce} />);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return page(
        context,
        nonce,
        <CallList calls={[]} {...(phone ? { phone } : {})} fault={error.details[0] ?? error.message} nonce={nonce} />,
      );
    }
  });

  app.get("/report/:which", viewer, async (context) => {
    const nonce = newNonce();
    const call = await withLaterWithdrawal(store, await found(store, context.req.param("which")));
    return page(context, nonce, <SingleCall call={call} nonce={nonce} />);
  });

  app.get("/report/:which/recording", viewer, async (context) => {
    const call = await withLaterWithdrawal(store, await found(store, context.req.param("which")));
    if (call.recording_id && !mayBeHeard(call))
      throw new Problem(404, "There is no recording of this call any more.", ["Its caller wanted none: it is deleted."]);
    const recording = call.recording_id && (await recordings.open(call.recording_id, new Date(call.created_at)));
    if (!recording)
      throw new Problem(404, "There is no recording of this call.", [
        "It lands a few minutes after the call, when recording_enabled was on.",
      ]);
    return context.body(recording.body, 200, {
      "content-type": recording.contentType,
      "content-length": String(recording.bytes),
      "cache-control": "no-store",
    });
  });

  const chat = (context: Context<Web>, visitor: boolean) => {
    const nonce = newNonce();
    return page(context, nonce, <ChatPage nonce={nonce} visitor={visitor} />);
  };
  // Who is not signed in visits, where visitors are let in, and is sent to sign in elsewhere.
  app.get("/chat", async (context, next) => {
    const cookie = getCookie(context, sessionCookie(settings.FUNCTIONS_URL));
    return visitors && !(cookie && (await verify(cookie))) ? chat(context, true) : next();
  });
  app.get("/chat", staff(door, undefined, true), (context) => chat(context, false));
  return app;
}
