/**
 * The OpenAI stand-in: the account's `/openai/v1` in its GA shapes, to the official client, with the stand-in model behind it or a real
 * one. It takes Entra tokens and its own ephemeral secrets, never a key, and refuses what Azure would.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Hono } from "hono";
import { type Principal, Refusal } from "../identity/access.ts";
import type { Service } from "../service.ts";
import { errorAnswer, InvalidRequest, jsonBody } from "./answers.ts";
import { broken, complete, completionBody, completionChunks, conversationOf, eventStream } from "./chat-completions.ts";
import { type Deployment, Deployments } from "./deployments.ts";
import { embeddings } from "./embeddings.ts";
import { type Fault, Faults, Throttled } from "./faults.ts";
import { isModelRouter, pickedModel } from "./model-router.ts";
import type { OpenAIParts } from "./parts.ts";
import { Realtime } from "./realtime/realtime.ts";
import { socketRequest, turnDown } from "./realtime/sockets.ts";
import { forward, forwardSocket } from "./upstream.ts";
import { UpstreamCalls } from "./upstream-calls.ts";
import { Webhooks } from "./webhooks.ts";

export type { Deployment } from "./deployments.ts";
export type { Fault } from "./faults.ts";
export type { OpenAIParts } from "./parts.ts";

/** Audiences of the service's tokens; Azure's pages name both. */
const audiences = ["https://cognitiveservices.azure.com", "https://ai.azure.com"] as const;

export interface OpenAIStandIn extends Service {
  createDeployment(deployment: Deployment): void;
  removeDeployment(name: string): void;
  /** Makes the next requests fail. */
  fault(fault: Fault): void;
  close(): Promise<void>;
}

export function createOpenAI(parts: OpenAIParts): OpenAIStandIn {
  const { access, accountId, clock, model, random, upstream } = parts;
  const deployments = new Deployments();
  const faults = new Faults(clock);
  const newId = (prefix: string) =>
    `${prefix}_${Array.from({ length: 24 }, () => Math.floor(random() * 36).toString(36)).join("")}`;
  const webhooks = new Webhooks({ ...parts, newId });
  const realtime = new Realtime({ ...parts, newId, deployments, webhooks });
  const createdSeconds = () => Math.floor(clock.nowMs() / 1_000);
  const authorize = (authorization: string | null | undefined): Promise<Principal> =>
    access.require(authorization, { audiences, scope: accountId, anyOf: ["Cognitive Services OpenAI User"] });
  const modelElsewhere = (name: string) => upstream?.models[name];
  const upstreamCalls = upstream && new UpstreamCalls(upstream);

  const app = new Hono().basePath("/openai/v1");
  app.onError((error) => {
    if (error instanceof Throttled) return errorAnswer(error, error.headers);
    if (error instanceof Refusal) return errorAnswer(error);
    return errorAnswer(new Refusal(500, "InternalServerError", `The stand-in failed: ${error.name}.`));
  });
  app.notFound((context) =>
    errorAnswer(
      new Refusal(404, "404", `Resource not found: ${context.req.method} is not served at this path under /openai/v1.`),
    ),
  );

  app.get("/models", async ({ req, json }) => {
    await authorize(req.header("authorization"));
    const data = deployments.list().map((each) => ({ id: each.name, object: "model", created: 0, owned_by: "system" }));
    return json({ object: "list", data });
  });

  app.post("/chat/completions", async ({ req }) => {
    await authorize(req.header("authorization"));
    const body = await jsonBody(req.raw);
    const deployment = deployments.find(body.model, "chatCompletion");
    const breaks = await faults.meet("chat", deployment.name);
    const elsewhere = modelElsewhere(deployment.name);
    if (upstream && elsewhere) return forward(upstream, "/chat/completions", { ...body, model: elsewhere }, req.raw.signal);
    const reply = complete(body, model, { nowMs: clock.nowMs(), random });
    const callIds = reply.toolCalls.map(() => newId("call"));
    const answering = isModelRouter(deployment) ? pickedModel(body, conversationOf(body)) : deployment.model;
    const completion = { id: newId("chatcmpl"), createdSeconds: createdSeconds(), model: answering, reply, callIds };
    if (!body.stream) {
      const whole = Response.json(completionBody(completion));
      return breaks ? broken(whole, clock) : whole;
    }
    const options = (body.stream_options ?? {}) as { include_usage?: boolean };
    return eventStream(completionChunks(completion, options.include_usage === true), breaks ? clock : undefined);
  });

  app.post("/embeddings", async ({ req }) => {
    await authorize(req.header("authorization"));
    const body = await jsonBody(req.raw);
    const deployment = deployments.find(body.model, "embeddings");
    await faults.meet("embeddings", deployment.name);
    const elsewhere = modelElsewhere(deployment.name);
    if (upstream && elsewhere) return forward(upstream, "/embeddings", { ...body, model: elsewhere }, req.raw.signal);
    return Response.json(embeddings(body, deployment));
  });

  app.post("/realtime/client_secrets", async ({ req }) => {
    await authorize(req.header("authorization"));
    const body = await jsonBody(req.raw);
    const deployment = realtime.deploymentIn(body.session);
    await faults.meet("client-secrets", deployment);
    if (upstreamCalls && modelElsewhere(deployment)) {
      const secret = await upstreamCalls.createSecret(body.session as Record<string, unknown>, body.expires_after);
      return Response.json(realtime.keepUpstreamSecret(deployment, secret));
    }
    return Response.json(realtime.createSecret(realtime.settingsFrom(body.session), body.expires_after));
  });

  app.post("/realtime/calls", async ({ req }) => {
    const settings = await realtime.allowed(req.header("authorization"), req.query("model"), authorize);
    await faults.meet("calls", settings.model);
    const type = req.header("content-type")?.split(";")[0];
    if (type !== "application/sdp")
      throw new InvalidRequest(
        "Unsupported content type: send the SDP offer itself as 'application/sdp', not a form.",
        null,
        "unsupported_content_type",
      );
    const offer = await req.text();
    const { callId, answer } =
      upstreamCalls && modelElsewhere(settings.model)
        ? await openUpstream(upstreamCalls, settings.model, req.raw, offer)
        : await realtime.open(settings, offer, req.query("webrtcfilter") === "on");
    return new Response(answer, {
      status: 201,
      headers: { "content-type": "application/sdp", location: `/openai/v1/realtime/calls/${callId}` },
    });
  });

  app.post("/realtime/calls/:id/hangup", async ({ req }) => {
    await authorize(req.header("authorization"));
    const callId = req.param("id");
    if (upstreamCalls?.has(callId)) await upstreamCalls.hangUp(callId);
    else realtime.hangUp(callId);
    return new Response(null, { status: 200 });
  });

  app.post("/realtime/calls/:id/accept", async ({ req }) => {
    await authorize(req.header("authorization"));
    const body = await jsonBody(req.raw);
    await faults.meet("calls", realtime.deploymentIn(body));
    realtime.acceptSip(req.param("id"), body);
    return new Response(null, { status: 200 });
  });

  app.post("/realtime/calls/:id/reject", async ({ req }) => {
    await authorize(req.header("authorization"));
    const text = await req.text();
    const body = text === "" ? {} : await jsonBody(new Request(req.url, { method: "POST", body: text }));
    realtime.rejectSip(req.param("id"), body.status_code);
    return new Response(null, { status: 200 });
  });

  app.post("/realtime/calls/:id/refer", async ({ req }) => {
    await authorize(req.header("authorization"));
    realtime.referSip(req.param("id"), (await jsonBody(req.raw)).target_uri);
    return new Response(null, { status: 200 });
  });

  app.post("/dashboard/webhook_endpoints", async ({ req }) => {
    await authorize(req.header("authorization"));
    const endpoint = webhooks.create(await jsonBody(req.raw));
    realtime.connectTrunk();
    return Response.json(endpoint);
  });

  app.get("/dashboard/webhook_endpoints", async ({ req }) => {
    await authorize(req.header("authorization"));
    return Response.json(webhooks.list());
  });

  app.delete("/dashboard/webhook_endpoints/:id", async ({ req }) => {
    await authorize(req.header("authorization"));
    return Response.json(webhooks.delete(req.param("id")));
  });

  /** A caller with a token of ours and no secret needs one of the server's, since its address takes an offer under a secret only. */
  async function openUpstream(calls: UpstreamCalls, deployment: string, request: Request, offer: string) {
    const secret =
      realtime.upstreamSecret(request.headers.get("authorization") ?? undefined) ??
      (await calls.createSecret({ type: "realtime", model: deployment })).value;
    const asked = new URL(request.url).searchParams;
    asked.delete("model");
    return calls.open(secret, offer, asked.size > 0 ? `?${asked}` : "");
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { authorization, query } = socketRequest(request);
    const callId = query.get("call_id");
    if (callId) {
      await authorize(authorization);
      if (upstreamCalls?.has(callId)) return upstreamCalls.listenIn(callId, request, socket, head);
      return realtime.listenIn(callId, request, socket, head);
    }
    const settings = await realtime.allowed(authorization, query.get("model") ?? undefined, authorize);
    const breaks = await faults.meet("realtime", settings.model);
    const elsewhere = modelElsewhere(settings.model);
    if (upstream && elsewhere) return forwardSocket(upstream, { model: elsewhere }, request, socket, head);
    realtime.connect(settings, request, socket, head, breaks);
  }

  return {
    fetch: (request) => app.fetch(request),
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      upgrade(request, socket, head).catch((error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, "InternalServerError", "The stand-in failed.");
        turnDown(socket, refusal, refusal instanceof Throttled ? refusal.headers : {});
      });
    },
    createDeployment: (deployment) => deployments.create(deployment),
    removeDeployment: (name) => deployments.remove(name),
    fault: (fault) => faults.plan(fault),
    open: () => realtime.openNow,
    close: () => realtime.close(),
  };
}
