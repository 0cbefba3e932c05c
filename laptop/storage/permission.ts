/**
 * Which roles may do what in Storage's data plane.
 * Source: learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory (permissions for calling data operations)
 * and the data actions of the built-in storage roles.
 */
import type { RoleName } from "../identity/roles.ts";
import type { StorageKind } from "./azurite.ts";

export interface Permission {
  /** Any one suffices; `nobody` when only control-plane roles, which the graph assigns to no app, hold the action. */
  readonly roles: readonly RoleName[] | "nobody";
  /** Below the account's ARM id: empty for the account itself. */
  readonly scope: string;
}

export interface Operation {
  readonly method: string;
  /** Decoded path segments after the account: container or queue or table first. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const blobRead: readonly RoleName[] = ["Storage Blob Data Reader", "Storage Blob Data Contributor", "Storage Blob Data Owner"];
const blobWrite: readonly RoleName[] = ["Storage Blob Data Contributor", "Storage Blob Data Owner"];
const blobOwn: readonly RoleName[] = ["Storage Blob Data Owner"];
const queueManage: readonly RoleName[] = ["Storage Queue Data Contributor"];
const queueSend: readonly RoleName[] = ["Storage Queue Data Message Sender", "Storage Queue Data Contributor"];
const queueProcess: readonly RoleName[] = ["Storage Queue Data Message Processor", "Storage Queue Data Contributor"];
const table: readonly RoleName[] = ["Storage Table Data Contributor"];

/** What an operation needs; total over every request, so that nothing passes by being unknown. */
export function permission(kind: StorageKind, operation: Operation): Permission {
  const isServiceSetting = operation.path.length === 0 && ["properties", "stats"].includes(operation.query.get("comp") ?? "");
  if (isServiceSetting && operation.query.get("restype") === "service") return { roles: "nobody", scope: "" };
  const scope = scopeOf(kind, operation.path[0]);
  if (kind === "blob") return { roles: blobRoles(operation), scope };
  if (kind === "queue") return { roles: queueRoles(operation), scope };
  return { roles: operation.query.get("comp") === "acl" ? "nobody" : table, scope };
}

function scopeOf(kind: StorageKind, first: string | undefined): string {
  if (first === undefined) return "";
  if (kind === "blob") return `/blobServices/default/containers/${first}`;
  if (kind === "queue") return `/queueServices/default/queues/${first}`;
  const name = /^(?:Tables\(')?([A-Za-z][A-Za-z0-9]*)/.exec(first)?.[1];
  return name === undefined || first === "Tables" ? "" : `/tableServices/default/tables/${name}`;
}

function blobRoles({ method, query }: Operation): readonly RoleName[] {
  const component = query.get("comp");
  if (component === "tags" || component === "acl") return blobOwn;
  return method === "GET" || method === "HEAD" ? blobRead : blobWrite;
}

function queueRoles({ method, path, query }: Operation): readonly RoleName[] | "nobody" {
  if (query.get("comp") === "acl") return "nobody";
  const [, messages, messageId] = path;
  if (messages !== "messages") return queueManage;
  if (method === "POST") return queueSend;
  if (method === "GET") return queueProcess;
  // Deleting one message is part of processing it; changing one, or clearing the queue, is not.
  if (method === "DELETE" && messageId !== undefined) return queueProcess;
  return queueManage;
}
