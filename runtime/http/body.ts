/** Request bodies, read once and bounded by the app. */
import type { Context } from "hono";
import { Problem } from "../problem.ts";

/** The body as JSON, whatever its media type says (call-center-ai takes it so). Throws `Problem` 400. */
export async function json(context: Context): Promise<unknown> {
  try {
    return JSON.parse(await context.req.text()) as unknown;
  } catch {
    throw new Problem(400, "The body is not JSON.", ["Send Content-Type: application/json and a JSON document in UTF-8."]);
  }
}
