/**
 * The interface servers use: publish, manage groups, look who is there, issue tokens for browsers.
 * Source: learn.microsoft.com/azure/azure-signalr/swagger (data plane, 2022-06-01, 2022-11-01, 2024-12-01).
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Access, Refusal } from "../identity/access.ts";
import type { ClientTokens } from "./client-tokens.ts";
import type { Hubs, Selection } from "./hubs.ts";
import { messageTypes } from "./protocol.ts";

const versions = ["2022-06-01", "2022-11-01", "2024-12-01"];
const audiences = ["https://signalr.azure.com"];
const hubName = /^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}$/;
/** The service's limit for one message over REST. */
const largestMessageBytes = 1024 * 1024;

const messageSchema = z.object({ target: z.string().min(1), arguments: z.array(z.unknown()).default([]) });
const minutesSchema = z.coerce.number().int().min(1).default(60);
const ttlSecondsSchema = z.coerce.number().int().min(0).optional();

interface Dependencies {
  readonly access: Access;
  readonly serviceId: string;
  readonly hubs: Hubs;
  readonly tokens: ClientTokens;
}

export function restInterface({ access, serviceId, hubs, tokens }: Dependencies): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof Refusal) return refuse(context, error);
    throw error;
  });
  app.get("/api/health", (context) => context.body(null, 200));

  app.use("/api/hubs/:hub/*", async (context, next) => {
    await access.require(context.req.header("authorization"), { audiences, scope: serviceId, anyOf: ["SignalR Service Owner"] });
    const version = context.req.query("api-version");
    if (!version || !versions.includes(version)) {
      const given = version === undefined ? "It is missing" : "This one is unknown";
      throw new Refusal(
        400,
        "UnsupportedApiVersion",
        `Every request needs an api-version. ${given}; known are ${versions.join(", ")}.`,
      );
    }
    if (!hubName.test(context.req.param("hub"))) {
      throw new Refusal(
        400,
        "InvalidHubName",
        "A hub name starts with a letter and holds at most 128 letters, digits and underscores.",
      );
    }
    await next();
  });

  app.post("/api/hubs/:hub/:action{:generateToken}", async (context) => {
    const minutes = given(minutesSchema, context.req.query("minutesToExpire"), "minutesToExpire: whole minutes, at least 1.");
    const userId = context.req.query("userId");
    const { origin } = new URL(context.req.url);
    const options = { origin, hub: hubOf(context), lifetimeMs: minutes * 60_000, ...(userId === undefined ? {} : { userId }) };
    return context.json({ token: await tokens.issue(options) });
  });

  const publish = async (context: Context) => {
    const text = await context.req.text();
    if (Buffer.byteLength(text) > largestMessageBytes)
      throw new Refusal(413, "RequestEntityTooLarge", "A message may have at most 1 MB.");
    const message = given(messageSchema, parsed(text), 'The body is {"target": text, "arguments": [...]}.');
    for (const each of hubs.select(selection(context))) each.send({ type: messageTypes.invocation, ...message });
    return context.body(null, 202);
  };
  const hangUp = (context: Context) => {
    const reason = context.req.query("reason");
    for (const each of hubs.select(selection(context))) each.close(reason);
    return context.body(null, context.req.method === "DELETE" ? 200 : 204);
  };
  const look = (context: Context) => context.body(null, hubs.select(selection(context)).length > 0 ? 200 : 404);

  for (const [path, looks] of [
    ["/api/hubs/:hub", false],
    ["/api/hubs/:hub/users/:user", true],
    ["/api/hubs/:hub/groups/:group", true],
    ["/api/hubs/:hub/connections/:connection", true],
  ] as const) {
    app.post(`${path}/:action{:send}`, publish);
    app.post(`${path}/:action{:closeConnections}`, hangUp);
    if (looks) app.get(path, look);
  }
  app.delete("/api/hubs/:hub/connections/:connection", hangUp);

  app.on(["PUT", "DELETE"], "/api/hubs/:hub/groups/:group/connections/:connection", (context) => {
    const [connection] = hubs.select({ hub: hubOf(context), connectionId: context.req.param("connection") });
    if (!connection) throw new Refusal(404, "NotFound", "There is no such connection on this hub.");
    const group = context.req.param("group");
    if (context.req.method === "PUT") hubs.joinConnection(connection.id, group);
    else hubs.leaveConnection(connection.id, group);
    return context.body(null, 200);
  });
  app.delete("/api/hubs/:hub/connections/:connection/groups", (context) => {
    hubs.leaveConnection(context.req.param("connection"));
    return context.body(null, 200);
  });
  app.put("/api/hubs/:hub/users/:user/groups/:group", (context) => {
    const ttlSeconds = given(ttlSecondsSchema, context.req.query("ttl"), "ttl: whole seconds.");
    hubs.joinUser(
      hubOf(context),
      context.req.param("user"),
      context.req.param("group"),
      ttlSeconds === undefined ? undefined : ttlSeconds * 1_000,
    );
    return context.body(null, 200);
  });
  app.get("/api/hubs/:hub/users/:user/groups/:group", (context) =>
    context.body(null, hubs.isUserIn(hubOf(context), context.req.param("user"), context.req.param("group")) ? 200 : 404),
  );
  app.delete("/api/hubs/:hub/users/:user/groups/:group?", (context) => {
    hubs.leaveUser(hubOf(context), context.req.param("user"), context.req.param("group"));
    return context.body(null, 200);
  });

  app.all("/api/*", () => {
    throw new Refusal(
      501,
      "NotImplemented",
      "This stand-in sends, closes, looks, joins groups and issues tokens under /api/hubs/{hub}; streams, :invoke, :execute, lists and access keys it does not.",
    );
  });
  return app;
}

const hubOf = (context: Context): string => (context.req.param("hub") ?? "").toLowerCase();

function selection(context: Context): Selection {
  const { connection, user, group } = context.req.param() as { connection?: string; user?: string; group?: string };
  return {
    hub: hubOf(context),
    excluded: context.req.queries("excluded") ?? [],
    ...(connection === undefined ? {} : { connectionId: connection }),
    ...(user === undefined ? {} : { userId: user }),
    ...(group === undefined ? {} : { group }),
  };
}

function given<T>(schema: z.ZodType<T>, value: unknown, advice: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Refusal(400, "BadRequest", advice);
  return result.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "BadRequest", "The body is not JSON.");
  }
}

/** The service's error: a JSON object, and its code once more as a header. */
function refuse(context: Context, { status, code, message }: Refusal): Response {
  const challenge: Record<string, string> = status === 401 ? { "www-authenticate": "Bearer" } : {};
  return Response.json(
    { code, message },
    {
      status,
      headers: { "x-ms-error-code": code, "x-ms-request-id": context.req.header("x-ms-client-request-id") ?? "", ...challenge },
    },
  );
}
