/** What a vault says when it does not do something. */
import { z } from "zod";
import { Refusal } from "../identity/access.ts";

export const resource = "https://vault.azure.net";

export const badParameter = (message: string): Refusal => new Refusal(400, "BadParameter", message);

/** `kind` is `secret` or `key`; `id` its name, and its version where one was asked for. */
export const notFound = (kind: string, id: string): Refusal =>
  new Refusal(
    404,
    `${kind[0]?.toUpperCase()}${kind.slice(1)}NotFound`,
    `A ${kind} with (name/id) ${id} was not found in this key vault. If you recently deleted this ${kind} you may be able to recover it using the correct recovery command.`,
  );

const nameSchema = z.string().regex(/^[0-9a-zA-Z-]{1,127}$/);

/** The name in a request's path. Throws `Refusal` 400. */
export function nameIn(given: string | undefined): string {
  const name = nameSchema.safeParse(given);
  if (!name.success)
    throw badParameter("The request URI contains an invalid name: 1 to 127 characters of 0-9, a-z, A-Z and - are allowed.");
  return name.data;
}

/** The vault's own shape; whoever has no token is told where to get one. */
export function refusal({ status, code, message }: Refusal, authority: string): Response {
  const challenge = `Bearer authorization="${authority}", resource="${resource}"`;
  const inner = status === 403 ? { innererror: { code: code === "AuthorizationFailed" ? "ForbiddenByRbac" : code } } : {};
  return Response.json(
    { error: { code: status === 401 ? "Unauthorized" : status === 403 ? "Forbidden" : code, message, ...inner } },
    { status, headers: status === 401 ? { "www-authenticate": challenge } : {} },
  );
}
