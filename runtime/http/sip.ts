/**
 * The door for SIP calls that the model's service carries: Azure OpenAI tells of an incoming one by a signed webhook, and waits at most ten
 * seconds for the answer.
 */
import { Hono } from "hono";
import { type CarriedNeeds, incomingSchema, incomingSip } from "../calls/inbound-carried.ts";
import { parsedJson } from "../parsed-json.ts";
import { Problem } from "../problem.ts";
import type { Secrets } from "../services/secrets.ts";
import type { Web } from "./staff.ts";
import { isSigned } from "./webhook-signature.ts";

export interface SipNeeds extends CarriedNeeds {
  readonly secrets: Pick<Secrets, "read">;
}

export function sipRoutes(needs: SipNeeds): Hono<Web> {
  const { secrets, now, log } = needs;
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
  return app;
}
