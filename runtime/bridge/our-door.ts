/** What the functions app asks of the bridge: only it may, and what is wrong is answered in the API's shape. */
import type { Verify } from "../http/verify.ts";

export interface OurDoor {
  readonly settings: { readonly AZURE_CLIENT_ID: string };
  /** Tokens of the directory for our app registration. */
  readonly verifyApp: Verify;
}

/** Only the functions app, whose identity is ours too, may ask. */
export async function refuseUnlessOurs(request: Request, { verifyApp, settings }: OurDoor): Promise<Response | undefined> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const claims = token ? await verifyApp(token).catch(() => "unknown" as const) : undefined;
  if (claims === "unknown") return failure(503, "The directory's keys cannot be had now; try again.");
  if (!claims) return failure(401, "Ask with a token of the directory for this app's registration.");
  if ((claims.azp ?? claims.appid) !== settings.AZURE_CLIENT_ID)
    return failure(403, "Only the functions app of this customer may ask.");
  return undefined;
}

export function failure(status: number, message: string, details: readonly string[] = []): Response {
  return Response.json({ error: { message, details } }, { status });
}
