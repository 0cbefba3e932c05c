/** How AI Search says no: `{"error": {"code": …, "message": …}}`. */
import { Refusal } from "../identity/access.ts";

export function invalid(message: string, code = "InvalidRequestParameter"): Refusal {
  return new Refusal(400, code, message);
}

/** What AI Search does and this stand-in does not. */
export function notOnTheLaptop(what: string, instead: string): Refusal {
  return new Refusal(501, "NotImplemented", `The laptop's AI Search has no ${what}. ${instead}`);
}

export function refusalAnswer({ status, code, message }: Refusal): Response {
  return Response.json({ error: { code, message } }, { status, headers: status === 401 ? { "www-authenticate": "Bearer" } : {} });
}
