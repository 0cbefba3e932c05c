/** Answers as Cosmos DB writes them. */
import { randomUUID } from "node:crypto";
import type { Container } from "./container.ts";
import type { Page } from "./feed.ts";
import type { CosmosRefusal } from "./refusal.ts";
import type { Json } from "./sql/value.ts";

/** No request is metered: each is said to cost one request unit. */
const charge = { "x-ms-request-charge": "1" };

export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const empty = body === undefined || status === 204 || status === 304;
  return new Response(empty ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "x-ms-activity-id": randomUUID(), ...charge, ...headers },
  });
}

/** With the session token that lets the next read see this write. */
export function containerAnswer(
  container: Container,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, body, {
    "x-ms-session-token": `0:-1#${container.sequence}`,
    "x-ms-content-path": container.rid,
    "x-ms-alt-content-path": `dbs/${container.database}/colls/${container.settings.name}`,
    ...headers,
  });
}

export function documentAnswer(container: Container, status: number, document: Json | undefined): Response {
  const etag = (document as { readonly _etag?: string } | undefined)?._etag;
  return containerAnswer(container, status, document, etag ? { etag } : {});
}

export function pageAnswer(container: Container, { rows, continuation }: Page): Response {
  return containerAnswer(container, 200, feed(container.rid, "Documents", rows), {
    "x-ms-item-count": String(rows.length),
    ...(continuation ? { "x-ms-continuation": continuation } : {}),
  });
}

/** A list as it stands in a body: `{"_rid": …, "Documents": […], "_count": n}`. */
export function feed(rid: string, name: string, rows: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { _rid: rid, [name]: rows, _count: rows.length };
}

export function refusalAnswer({ status, substatus, code, message }: CosmosRefusal): Response {
  const activity = randomUUID();
  return answer(
    status,
    { code, message: `${message}\r\nActivityId: ${activity}` },
    {
      "x-ms-activity-id": activity,
      ...(substatus ? { "x-ms-substatus": String(substatus) } : {}),
      ...(status === 429 ? { "x-ms-retry-after-ms": "10" } : {}),
    },
  );
}
