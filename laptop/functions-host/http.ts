/** HTTP in, function, HTTP out: the worker's wire shape on one side, web requests on the other. */
import type { Cookie, FunctionsCore, HttpData } from "./core.ts";
import { matchRoute, type Route } from "./routes.ts";

/** The Functions host's own limit for a request body is 210 MB on Flex Consumption; nothing here sends more than an SDP or a form. */
const maxBodyBytes = 10 * 1024 * 1024;

export function httpHandler(core: FunctionsCore, routes: readonly Route[], log: (level: string, message: string) => void) {
  return async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const match = matchRoute(routes, request.method, url.pathname);
    if (match.kind !== "found") return new Response(null, { status: match.kind === "wrong method" ? 405 : 404 });
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.byteLength > maxBodyBytes) return new Response(null, { status: 413 });
    const http: HttpData = {
      method: request.method,
      url: url.href,
      headers: Object.fromEntries(request.headers),
      params: match.params,
      query: Object.fromEntries(url.searchParams),
      ...(body.byteLength > 0 ? { body: { bytes: body } } : {}),
    };
    try {
      const answer = await core.invoke(match.name, { http });
      return answer?.http ? toResponse(answer.http) : new Response(null, { status: 204 });
    } catch (error) {
      log("error", `${match.name}: ${error instanceof Error ? error.stack : String(error)}`);
      return new Response(null, { status: 500 });
    }
  };
}

function toResponse({ statusCode, headers = {}, cookies = [], body }: HttpData): Response {
  const answer = new Headers({ ...headers });
  for (const cookie of cookies) answer.append("set-cookie", cookieText(cookie));
  const status = Number(statusCode ?? 200);
  const bytes = body?.bytes ? new Uint8Array(body.bytes) : body?.string;
  const bodiless = status === 204 || status === 304;
  return new Response(bodiless ? null : (bytes ?? null), { status, headers: answer });
}

/** SameSite travels as the worker protocol's enum: 0 none set, 1 Lax, 2 Strict, 3 explicit None. */
const sameSiteNames = ["", "Lax", "Strict", "None"];

function cookieText(cookie: Cookie): string {
  const sameSite =
    typeof cookie.sameSite === "number" ? sameSiteNames[cookie.sameSite] : cookie.sameSite?.replace("explicitNone", "None");
  const expires = cookie.expires?.value?.seconds;
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    cookie.path?.value && `Path=${cookie.path.value}`,
    cookie.domain?.value && `Domain=${cookie.domain.value}`,
    cookie.maxAge?.value !== undefined && `Max-Age=${cookie.maxAge.value}`,
    expires !== undefined && `Expires=${new Date(expires * 1_000).toUTCString()}`,
    cookie.httpOnly?.value && "HttpOnly",
    cookie.secure?.value && "Secure",
    sameSite && sameSite.toLowerCase() !== "none" && `SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`,
  ]
    .filter(Boolean)
    .join("; ");
}
