/** One way to answer what goes wrong: a page to a browser that navigates, the API's error shape to everybody else. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ProblemPage } from "../reports/problem.tsx";
import { page } from "./page.ts";

interface Answer {
  readonly status: ContentfulStatusCode;
  readonly message: string;
  readonly details?: readonly string[];
  readonly retryAfterMs?: number | undefined;
  readonly code?: string | undefined;
}

export function problemAnswer(
  context: Context,
  nonce: string,
  { status, message, details = [], retryAfterMs, code }: Answer,
): Response | Promise<Response> {
  if (retryAfterMs !== undefined) context.header("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  // Only a browser that opens an address, or posts a form of ours, asks for HTML by name.
  if (context.req.header("accept")?.includes("text/html"))
    return page(context, nonce, <ProblemPage message={message} details={details} nonce={nonce} />, status);
  return context.json({ error: { ...(code === undefined ? {} : { code }), message, details } }, status);
}
