/** How App Configuration says no: `application/problem+json` (RFC 7807), with its own types. */
import { Refusal } from "../identity/access.ts";

/** A refusal that names the parameter at fault. */
export class Problem extends Refusal {
  /** The header, query parameter or property. */
  readonly parameter: string | undefined;

  /** `code` ends the problem's type, such as `invalid-argument`. */
  constructor(status: number, code: string, message: string, parameter?: string) {
    super(status, code, message);
    this.parameter = parameter;
  }
}

export function invalid(parameter: string, message: string): Problem {
  return new Problem(400, "invalid-argument", message, parameter);
}

/** What App Configuration does and this stand-in does not. */
export function notOnTheLaptop(what: string): Problem {
  return new Problem(
    501,
    "not-implemented",
    `The laptop's App Configuration has no ${what}: it serves settings, filters, locks and etags.`,
  );
}

const titles: Readonly<Record<number, string>> = {
  400: "Invalid request",
  401: "Unauthorized",
  403: "Forbidden",
  405: "Method not allowed",
  409: "Modifying the setting is not allowed",
  413: "The setting is too large",
  501: "Not implemented",
};

export function problemAnswer(refusal: Refusal): Response {
  const { status, message } = refusal;
  // Entra's own words for what is wrong travel as `code`; this service has one type each for them.
  const type = refusal instanceof Problem ? refusal.code : status === 401 ? "unauthorized" : "forbidden";
  const parameter = refusal instanceof Problem ? refusal.parameter : undefined;
  const body = {
    type: `https://azconfig.io/errors/${type}`,
    title: titles[status] ?? "Error",
    ...(parameter ? { name: parameter } : {}),
    detail: message,
    status,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json; charset=utf-8",
      ...(status === 401 ? { "www-authenticate": 'HMAC-SHA256, Bearer error="invalid_token"' } : {}),
    },
  });
}
