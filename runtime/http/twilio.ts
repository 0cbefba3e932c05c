/**
 * What Twilio asks and tells: an incoming call, a stream that began or ended, a transfer's outcome, a call's progress, a text message. Each
 * request is believed only with Twilio's signature of this very address, which is built from the app's own settings.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Call } from "../calls/call.ts";
import {
  callIdOf,
  incomingSchema,
  incomingTwilioCall,
  lineEnded,
  lineSchema,
  statusSchema,
  streamSchema,
  streamStarted,
  type TwilioNeeds,
  transferEnded,
  twilioStatus,
} from "../calls/inbound-twilio.ts";
import { emptyTwiml, hangUpTwiml } from "../calls/twiml.ts";
import { isUuid } from "../calls/uuid.ts";
import { Problem } from "../problem.ts";
import { isSignedByTwilio } from "../services/twilio-signature.ts";
import type { Web } from "./staff.ts";

const textSchema = z.object({
  MessageSid: z.string().regex(/^[A-Z]{2}[0-9a-f]{32}$/),
  AccountSid: z.string(),
  From: z.string().max(256),
  To: z.string().max(256),
  // Ten parts of 160 characters; Twilio joins them.
  Body: z.string().max(1_600),
});

export function twilioRoutes(needs: TwilioNeeds): Hono<Web> {
  const { settings, store, secrets, texts, log } = needs;
  const app = new Hono<Web>();

  /** The form of a request that is Twilio's, in the shape it must have. Throws `Problem` 403, 422 or 503, and nothing has happened then. */
  async function signed<Shape extends z.ZodType>(context: Context, shape: Shape): Promise<z.output<Shape>> {
    const body = await context.req.text();
    const authToken = await secrets.read("twilio-auth-token").catch(() => undefined);
    if (!authToken) {
      log.error("the auth token of the Twilio account cannot be had: its requests are refused");
      throw new Problem(503, "Twilio's requests cannot be checked now; try again.");
    }
    const { pathname, search } = new URL(context.req.url);
    const url = `${settings.FUNCTIONS_URL.replace(/\/$/, "")}${pathname}${search}`;
    if (!isSignedByTwilio({ url, body, signature: context.req.header("x-twilio-signature") }, authToken))
      throw new Problem(403, "Requests here carry Twilio's signature of this address and their fields; this one does not.");
    const read = shape.safeParse(Object.fromEntries(new URLSearchParams(body)));
    if (read.success) return read.data;
    throw new Problem(
      422,
      "Validation error",
      read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  }

  /** The call an address names, when it is the one that Twilio talks about. */
  async function callFor(callId: string | undefined, callSid: string): Promise<Call | undefined> {
    const id = callId ?? callIdOf(callSid);
    const call = isUuid(id) ? await store.get(id) : undefined;
    if (call?.carrier === "twilio" && (call.connection_id ?? callSid) === callSid) return call;
    log.warn("Twilio talks about a call that is not ours; passed over");
    return undefined;
  }

  app.post("/twilio/voice", async (context) =>
    xml(context, await incomingTwilioCall(needs, await signed(context, incomingSchema))),
  );

  app.post("/twilio/line/:callId", async (context) => {
    const { CallSid } = await signed(context, lineSchema);
    const call = await callFor(context.req.param("callId"), CallSid);
    return xml(context, call ? await lineEnded(needs, call) : hangUpTwiml());
  });

  app.post("/twilio/transferred/:callId", async (context) => {
    const { CallSid, DialCallStatus } = await signed(context, lineSchema);
    const call = await callFor(context.req.param("callId"), CallSid);
    return xml(context, call ? await transferEnded(needs, call, DialCallStatus) : hangUpTwiml());
  });

  app.post("/twilio/stream/:callId", async (context) => {
    const { CallSid, StreamEvent } = await signed(context, streamSchema);
    const call = await callFor(context.req.param("callId"), CallSid);
    if (call && StreamEvent === "stream-started") await streamStarted(needs, call, CallSid);
    else if (call && StreamEvent === "stream-error")
      log.error({ callId: call.call_id }, "Twilio could not stream a call's sound");
    return context.body(null, 204);
  });

  app.post("/twilio/status/:callId?", async (context) => {
    const status = await signed(context, statusSchema);
    const call = await callFor(context.req.param("callId"), status.CallSid);
    if (call) await twilioStatus(needs, call, status);
    return context.body(null, 204);
  });

  app.post("/twilio/sms", async (context) => {
    const { MessageSid, AccountSid, From, To, Body } = await signed(context, textSchema);
    if (AccountSid === settings.TWILIO_ACCOUNT_SID) await texts.add({ messageId: MessageSid, from: From, to: To, message: Body });
    else log.warn("a text message is for an account that is not ours; passed over");
    return xml(context, emptyTwiml());
  });
  return app;
}

const xml = (context: Context, twiml: string): Response =>
  context.body(twiml, 200, { "content-type": "text/xml; charset=utf-8" });
