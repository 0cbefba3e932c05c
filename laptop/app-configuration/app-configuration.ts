/**
 * Azure App Configuration on a laptop: the REST protocol that `@azure/app-configuration` speaks, for settings and feature flags (a flag
 * is a setting under `.appconfig.featureflag/`). Revisions, snapshots and reading the past answer 501.
 */
import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { RoleName } from "../identity/roles.ts";
import type { Service } from "../service.ts";
import { readFilter } from "./filter.ts";
import { invalid, notOnTheLaptop, Problem, problemAnswer } from "./problem.ts";
import { requireContent, requireKey, type Setting } from "./setting.ts";
import { Store } from "./store.ts";

export interface AppConfigurationOptions {
  readonly access: Access;
  /** ARM id of the store, which roles are granted on. */
  readonly storeId: string;
  readonly clock: Clock;
  /** Where settings are kept between starts; without it they are forgotten. */
  readonly folder?: string;
}

export interface SettingName {
  readonly key: string;
  readonly label?: string;
}

export interface AppConfigurationStandIn extends Service {
  /** Writes a setting as the graph does; one that is the same already keeps its etag. */
  set(setting: SettingName & { readonly value: string; readonly contentType?: string }): void;
  remove(setting: SettingName): void;
  close(): void;
}

/** Of every store: SDKs ask for the first when the host is under azconfig.io, for the second otherwise. */
const audiences = ["https://azconfig.io", "https://appconfig.azure.com"];
const readers: readonly RoleName[] = ["App Configuration Data Reader", "App Configuration Data Owner"];
const writers: readonly RoleName[] = ["App Configuration Data Owner"];
const versions = ["1.0", "2023-10-01", "2023-11-01", "2024-09-01", "2026-04-01"];
/** Source: App Configuration REST docs, "key-value", pagination. */
const pageSize = 100;

export function createAppConfiguration({ access, storeId, clock, folder }: AppConfigurationOptions): AppConfigurationStandIn {
  const store = new Store(clock, folder);
  return {
    fetch: routes(store, async (authorization, anyOf) => {
      await access.require(authorization, { audiences, scope: storeId, anyOf });
    }).fetch,
    set({ key, label = "", value, contentType }) {
      const name = [key, label || null] as const;
      const content_type = contentType ?? null;
      const there = store.get(...name);
      if (there?.value === value && there.content_type === content_type) return;
      store.set(...name, { value, content_type, tags: there?.tags ?? {} });
    },
    remove({ key, label }) {
      store.remove(key, label ?? null);
    },
    close: () => store.close(),
  };
}

type Permit = (authorization: string | undefined, anyOf: readonly RoleName[]) => Promise<void>;

function routes(store: Store, permit: Permit): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    requireVersion(context.req.query("api-version"));
    await permit(context.req.header("authorization"), ["GET", "HEAD"].includes(context.req.method) ? readers : writers);
    if (context.req.header("accept-datetime")) throw notOnTheLaptop("memory of earlier values (Accept-Datetime)");
    await next();
    context.header("sync-token", `laptop=${store.revision};sn=${store.revision}`);
  });
  app.get("/kv", (context) => list(context, store));
  app.get("/kv/:key", (context) => read(context, store));
  app.put("/kv/:key", (context) => write(context, store));
  app.delete("/kv/:key", (context) => remove(context, store));
  app.on(["PUT", "DELETE"], "/locks/:key", (context) => lock(context, store));
  app.notFound((context) => problemAnswer(notOnTheLaptop(`${context.req.method} ${context.req.path}`)));
  app.onError((error) => {
    if (error instanceof Refusal) return problemAnswer(error);
    if (error instanceof SyntaxError) return problemAnswer(invalid("body", "The request's body is not JSON."));
    throw error;
  });
  return app;
}

function requireVersion(version: string | undefined): void {
  if (version !== undefined && versions.includes(version)) return;
  const given = version === undefined ? "none was given" : `"${version}" is not supported`;
  throw invalid("api-version", `The request needs an API version: ${given}; known are ${versions.join(", ")}.`);
}

function list(context: Context, store: Store): Response {
  const query = context.req.query();
  if (query.snapshot !== undefined) throw notOnTheLaptop("snapshots");
  if (query.tags !== undefined) throw notOnTheLaptop("filter by tags");
  const found = store.list(readFilter("key", query.key), readFilter("label", query.label));
  const from = readAfter(query.after);
  const page = found.slice(from, from + pageSize);
  const etag = createHash("sha256")
    .update(page.map((setting) => setting.etag).join())
    .digest("base64url");
  const next = from + pageSize < found.length ? nextLink(query, from + pageSize) : undefined;
  const headers = { etag: `"${etag}"`, ...(next ? { link: `<${next}>; rel="next"` } : {}) };
  if (isTold(context.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  requireMatch(context, etag);
  const body = { items: page.map((setting) => selected(setting, query.$select)), etag, ...(next ? { "@nextLink": next } : {}) };
  return answer(body, "kvset", headers);
}

function readAfter(token: string | undefined): number {
  if (token === undefined || token === "") return 0;
  const from = Number(Buffer.from(token, "base64url").toString());
  if (Number.isInteger(from) && from > 0) return from;
  throw invalid("after", "The token does not continue a list. Use the one of the last answer's @nextLink.");
}

function nextLink(query: Readonly<Record<string, string>>, from: number): string {
  const after = Buffer.from(String(from)).toString("base64url");
  const { after: _, ...same } = query;
  return `/kv?${new URLSearchParams({ ...same, after })}`;
}

function read(context: Context, store: Store): Response {
  const setting = store.get(...nameIn(context));
  if (!setting) return new Response(null, { status: 404 });
  if (isTold(context.req.header("if-none-match"), setting.etag))
    return new Response(null, { status: 304, headers: { etag: `"${setting.etag}"` } });
  requireMatch(context, setting.etag);
  return settingAnswer(setting, context.req.query("$select"));
}

async function write(context: Context, store: Store): Promise<Response> {
  const [key, label] = nameIn(context);
  const text = await context.req.text();
  const content = requireContent(text === "" ? undefined : JSON.parse(text));
  requireMatch(context, store.get(key, label)?.etag);
  return settingAnswer(store.set(key, label, content));
}

function remove(context: Context, store: Store): Response {
  const [key, label] = nameIn(context);
  requireMatch(context, store.get(key, label)?.etag);
  const removed = store.remove(key, label);
  return removed ? settingAnswer(removed) : new Response(null, { status: 204 });
}

function lock(context: Context, store: Store): Response {
  const setting = store.get(...nameIn(context));
  if (!setting) return new Response(null, { status: 404 });
  requireMatch(context, setting.etag);
  return settingAnswer(store.lock(setting, context.req.method === "PUT"));
}

function nameIn(context: Context): [key: string, label: string | null] {
  const label = context.req.query("label");
  if (label?.includes("*") || label?.includes(",")) throw invalid("label", "One setting has one label, without * and comma.");
  return [requireKey(context.req.param("key") ?? ""), label === undefined || label === "" || label === "\0" ? null : label];
}

function isTold(condition: string | undefined, etag: string | undefined): boolean {
  return condition !== undefined && etag !== undefined && (condition === "*" || unquoted(condition) === etag);
}

/** Throws 412. */
function requireMatch(context: Context, etag: string | undefined): void {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = context.req.header();
  const isChanged = ifMatch !== undefined && !isTold(ifMatch, etag);
  if (isChanged || isTold(ifNoneMatch, etag))
    throw new Problem(412, "precondition-failed", "The setting is not as the condition says. Read it again.");
}

function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}

function settingAnswer(setting: Setting, select?: string): Response {
  const headers = { etag: `"${setting.etag}"`, "last-modified": new Date(setting.last_modified).toUTCString() };
  return answer(selected(setting, select), "kv", headers);
}

function answer(body: unknown, kind: "kv" | "kvset", headers: Readonly<Record<string, string>>): Response {
  const type = `application/vnd.microsoft.appconfig.${kind}+json; charset=utf-8`;
  return new Response(JSON.stringify(body), { headers: { "content-type": type, ...headers } });
}

/** Only the properties named in `$select`, such as `key,value`. */
function selected(setting: Setting, select: string | undefined): Partial<Setting> {
  if (!select) return setting;
  const names = select.split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(setting).filter(([name]) => names.includes(name)));
}
