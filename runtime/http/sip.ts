/**
 * Doors for calls that the model's service carries: Azure OpenAI tells of an incoming SIP call by a signed webhook, and waits at most ten
 * seconds for the answer; a bridge that stops has its calls found another.
 */
import { Hono } from "hono";
import { type CarriedNeeds, type CarriedSettings, incomingSchema, incomingSip } from "../calls/inbound-carried.ts";
import { parsedJson } from "../parsed-json.ts";
import { Problem } from "../problem.ts";
import type { Secrets } from "../services/secrets.ts";
import type { Web } from "./staff.ts";
import type { Verify } from "./verify.ts";
import { isSigned } from "./webhook-signature.ts";

export interface SipNeeds extends CarriedNeeds {
  readonly settings: CarriedSettings & { readonly AZURE_CLIENT_ID: string };
  readonly secrets: Pick<Secrets, "read">;
}

/** `verify` judges tokens of the directory for this app's registration. */
export function sipRoutes(needs: SipNeeds, verify: Verify): Hono<Web> {
  const { settings, secrets, store, carriedBridge, now, log } = needs;
  const app = new Hono<Web>();

  app.post("/sip/incoming", async (context) => {
    const body = await context.req.text();
    const secret = await secrets.read("openai-webhook-secret");
    if (!secret)
      throw new Problem(503, "This line takes no calls yet: nobody has put the webhook's signing secret into the vault.", [
        "Register the webhook with the model service, then store the secret it shows once as openai-webhook-secret (docs/sip.md).",
      ]);
    if (!isSigned({ body, header: (name) => context.req.header(name) }, secret, now()))
      throw new Problem(401, "The webhook is not signed with this line's secret, or is older than five minutes.");
    const event = incomingSchema.safeParse(parsedJson(body));
    if (event.success) await incomingSip(needs, event.data);
    else log.warn("a webhook is not an incoming call; passed over");
    return context.body(null, 200);
  });

  app.post("/carried/:id", async (context) => {
    const token = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const claims = token ? await verify(token) : undefined;
    if (!claims) throw new Problem(401, "Ask with a token of the directory for this app's registration.");
    if ((claims.azp ?? claims.appid) !== settings.AZURE_CLIENT_ID)
      throw new Problem(403, "Only the bridge of this customer may ask.");
    const call = await store.get(context.req.param("id"));
    if (!call) throw new Problem(404, "There is no such call.");
    if (call.status === "ended") throw new Problem(409, "The call has ended.");
    await carriedBridge.attach(call.call_id).catch(() => {
      throw new Problem(503, "No bridge takes the call now; try again.");
    });
    return context.body(null, 204);
  });
  return app;
}
