/** HTML answers: nothing on a page comes from another host, and a script or style runs only with the page's own nonce. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** A page made with the nonce that its inline style and script must carry. */
export function page(
  context: Context,
  nonce: string,
  content: { toString(): string | Promise<string> },
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  context.header(
    "content-security-policy",
    [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "img-src 'self' data:",
      "media-src 'self' blob:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  );
  context.header("cache-control", "no-store");
  return Promise.resolve(content.toString()).then((markup) => context.html(`<!doctype html>${markup}`, status));
}
