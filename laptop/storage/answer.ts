/** Storage's own refusals, in its own words and shapes. */
import { randomUUID } from "node:crypto";
import { Refusal } from "../identity/access.ts";
import type { StorageKind } from "./azurite.ts";

const authenticate = "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.";
const formed =
  "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.";

/** A refusal with the sentence Storage puts beside an authentication failure. */
export class StorageRefusal extends Refusal {
  readonly detail: string | undefined;
  constructor(status: number, code: string, message: string, detail?: string) {
    super(status, code, message);
    this.detail = detail;
  }
}

export const noAuthentication = () => new StorageRefusal(401, "NoAuthenticationInformation", authenticate);
export const badToken = (detail: string) => new StorageRefusal(401, "InvalidAuthenticationInfo", authenticate, detail);
export const keyRefused = () =>
  new StorageRefusal(
    403,
    "KeyBasedAuthenticationNotPermitted",
    "Key based authentication is not permitted on this storage account.",
  );
export const roleMissing = () =>
  new StorageRefusal(
    403,
    "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission.",
  );
export const versionTooOld = () =>
  new StorageRefusal(403, "AuthenticationFailed", formed, "Authentication scheme Bearer is not supported in this version.");
export const versionUnknown = () =>
  new StorageRefusal(
    400,
    "InvalidHeaderValue",
    "The value for one of the HTTP headers is not in the correct format.",
    "x-ms-version",
  );
export const accountUnknown = () => new StorageRefusal(404, "ResourceNotFound", "The specified resource does not exist.");
export const noDelegation = () =>
  new StorageRefusal(
    501,
    "NotImplemented",
    "This stand-in issues no user delegation keys: use the identity's token for every request.",
  );

export const noBatch = () =>
  new StorageRefusal(501, "NotImplemented", "This stand-in takes no blob batches: send each request by itself.");

/** The answer for `refusal`: XML for blobs and queues, OData JSON for tables. */
export function answer(kind: StorageKind, refusal: StorageRefusal, nowMs: number): Response {
  const requestId = randomUUID();
  const headers = new Headers({ "x-ms-error-code": refusal.code, "x-ms-request-id": requestId, server: `Laptop-${kind}` });
  if (refusal.status === 401)
    headers.set(
      "www-authenticate",
      "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=https://storage.azure.com",
    );
  const message = `${refusal.message}\nRequestId:${requestId}\nTime:${new Date(nowMs).toISOString()}`;
  if (kind === "table") {
    headers.set("content-type", "application/json;odata=minimalmetadata");
    const body = { "odata.error": { code: refusal.code, message: { lang: "en-US", value: message } } };
    return new Response(JSON.stringify(body), { status: refusal.status, headers });
  }
  headers.set("content-type", "application/xml");
  const detail =
    refusal.detail === undefined ? "" : `<AuthenticationErrorDetail>${markup(refusal.detail)}</AuthenticationErrorDetail>`;
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${refusal.code}</Code><Message>${markup(message)}</Message>${detail}</Error>`;
  return new Response(body, { status: refusal.status, headers });
}

function markup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
