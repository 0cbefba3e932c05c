/** The phone in a browser: a page on which a person talks with the agent, and the API behind it. A call belongs to whoever opened it. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { takeBrowserCall } from "../calls/call-rations.ts";
import { inProgress } from "../calls/conclude.ts";
import { browserCall, type CarriedNeeds, type CarriedSettings } from "../calls/inbound-carried.ts";
import { isUuid } from "../calls/uuid.ts";
import { PhonePage } from "../phone/page.tsx";
import { Problem } from "../problem.ts";
import type { NewsPublisher } from "../services/call-news.ts";
import type { Services } from "../services/services.ts";
import { json } from "./body.ts";
import { page } from "./page.ts";
import { staff, type Web } from "./staff.ts";
import type { Verify } from "./verify.ts";

export interface BrowserPhoneNeeds extends CarriedNeeds, Pick<Services, "documents" | "newId" | "newNonce"> {
  readonly settings: CarriedSettings & { readonly FUNCTIONS_URL: string };
  readonly news: Pick<NewsPublisher, "publish">;
}

const pressed = z.object({ digit: z.string().regex(/^[0-9*#]$/, "must be one of 0 to 9, * and #") });
const ownerId = "owner";

export function browserPhoneRoutes(needs: BrowserPhoneNeeds, verify: Verify): Hono<Web> {
  const { settings, store, documents, realtimeCalls, news, newId, newNonce } = needs;
  const door = { verify, functionsUrl: settings.FUNCTIONS_URL };
  const someone = staff(door);
  const app = new Hono<Web>();

  /** The caller's own call while it lasts. Someone else's is not told from one that never was. */
  async function own(context: Context<Web, "/phone/calls/:id">) {
    const callId = context.req.param("id");
    const owner = isUuid(callId) ? await documents.read("calls", callId, ownerId) : undefined;
    const call = owner?.document.personId === context.var.person.id ? await store.get(callId) : undefined;
    if (!call) throw new Problem(404, "You have no such call.");
    // A caller who has begun another claim goes on under another record.
    return { call, isOver: (await inProgress(store, call)) === undefined };
  }

  app.get("/phone", staff(door, undefined, true), async (context) => {
    const nonce = newNonce();
    return page(context, nonce, <PhonePage nonce={nonce} />);
  });

  app.post("/phone/calls", someone, async (context) => {
    if (!context.req.header("content-type")?.startsWith("application/sdp"))
      throw new Problem(415, "Send the browser's WebRTC offer.", ["Content-Type must be application/sdp."]);
    const offer = await context.req.text();
    if (!offer.startsWith("v=0"))
      throw new Problem(422, "Validation error", ["body: must be an SDP offer, which begins with v=0"]);
    const callId = newId();
    await takeBrowserCall(needs, context.var.person.id, callId);
    const answer = await browserCall(needs, callId, offer);
    if (answer === undefined)
      throw new Problem(503, "The line is busy, or the model service is out of reach. Try again in a minute.");
    await documents.create("calls", callId, { id: ownerId, callId, personId: context.var.person.id });
    return context.body(answer, 201, { "content-type": "application/sdp", location: `/phone/calls/${callId}` });
  });

  app.post("/phone/calls/:id/digits", someone, async (context) => {
    const {
      call: { call_id: callId },
      isOver,
    } = await own(context);
    if (isOver) throw new Problem(409, "The call has ended.");
    const read = pressed.safeParse(await json(context));
    if (!read.success) throw new Problem(422, "Validation error", ["digit: must be one of 0 to 9, * and #"]);
    if (!(await news.publish(callId, { kind: "digit", digit: read.data.digit })))
      throw new Problem(503, "The key was not heard: the call is just being handed over. Press it again.");
    return context.body(null, 204);
  });

  app.delete("/phone/calls/:id", someone, async (context) => {
    const {
      call: { connection_id },
      isOver,
    } = await own(context);
    if (connection_id && !isOver) await realtimeCalls.hangUp(connection_id);
    return context.body(null, 204);
  });
  return app;
}
