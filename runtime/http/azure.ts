/** Between Azure Functions' HTTP objects and the web's own: the one adapter all HTTP functions go through. */
import type { Cookie, HttpRequest, HttpResponseInit } from "@azure/functions";

export type Fetch = (request: Request) => Response | Promise<Response>;

/** A handler for `app.http` that answers as `fetch` does. */
export function azure(fetch: Fetch): (request: HttpRequest) => Promise<HttpResponseInit> {
  return async (request) => {
    const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.arrayBuffer();
    const response = await fetch(
      new Request(request.url, { method: request.method, headers: new Headers([...request.headers]), ...(body ? { body } : {}) }),
    );
    const headers: Record<string, string> = {};
    // Functions keeps one value a header, so cookies, of which there may be several, go beside the headers.
    for (const [name, value] of response.headers) if (name !== "set-cookie") headers[name] = value;
    const cookies = response.headers.getSetCookie().map(cookie);
    return {
      status: response.status,
      headers,
      ...(cookies.length > 0 ? { cookies } : {}),
      ...(response.body ? { body: new Uint8Array(await response.arrayBuffer()) } : {}),
    };
  };
}

/** A `Set-Cookie` value in the form Functions takes. */
function cookie(text: string): Cookie {
  const [pair = "", ...attributes] = text.split(/;\s*/);
  const split = pair.indexOf("=");
  const made: Cookie = { name: pair.slice(0, split), value: decodeURIComponent(pair.slice(split + 1)) };
  for (const attribute of attributes) {
    const [name = "", value = ""] = attribute.split("=");
    if (/^path$/i.test(name)) made.path = value;
    else if (/^max-age$/i.test(name)) made.maxAge = Number(value);
    else if (/^samesite$/i.test(name)) made.sameSite = value as "Lax";
    else if (/^httponly$/i.test(name)) made.httpOnly = true;
    else if (/^secure$/i.test(name)) made.secure = true;
  }
  return made;
}
