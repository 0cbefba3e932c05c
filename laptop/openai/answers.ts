/** The service's error answers: `{error: {code, message, …}}` with Azure's codes. */
import { Refusal } from "../identity/access.ts";

/** Bad request of the API's own kind: `param` names what was wrong. */
export class InvalidRequest extends Refusal {
  readonly param: string | null;
  constructor(message: string, param: string | null = null, code = "invalid_value") {
    super(400, code, message);
    this.param = param;
  }
}

export function errorBody(error: Refusal): { error: Record<string, unknown> } {
  if (error instanceof InvalidRequest)
    return { error: { message: error.message, type: "invalid_request_error", param: error.param, code: error.code } };
  return { error: { code: azureCode(error), message: error.message } };
}

export function errorAnswer(error: Refusal, headers: Record<string, string> = {}): Response {
  return Response.json(errorBody(error), { status: error.status, headers });
}

/** Azure answers a bad token with the code "401" and a missing role with "PermissionDenied". */
function azureCode({ status, code }: Refusal): string {
  if (status === 401) return "401";
  return status === 403 ? "PermissionDenied" : code;
}

/** The request's body as a JSON object; throws 400 otherwise. */
export async function jsonBody(request: Request): Promise<Record<string, unknown>> {
  const body: unknown = await request.json().catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new InvalidRequest(
      "We could not parse the JSON body of your request: send a JSON object with `Content-Type: application/json`.",
    );
  return body as Record<string, unknown>;
}
