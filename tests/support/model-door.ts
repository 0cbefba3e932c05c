/**
 * The laptop's model behind a door of the test's: a laptop that brings its own model (`OPENAI_BASE_URL`) asks here, the stand-in model
 * answers, and the test sees all that it was told and can keep it waiting.
 */
import { WebSocket, WebSocketServer } from "ws";
import { wallClock } from "../../laptop/clock.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI } from "../../laptop/openai/open-ai.ts";
import { type Certificate, serve } from "../../laptop/service.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import { models } from "../../stacks/models.ts";

/** One message of a realtime session, as it passed the door. */
export interface Passed {
  readonly session: number;
  readonly by: "app" | "model";
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
}

export interface ModelDoor {
  /** What the laptop is started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Bodies of all requests. */
  readonly asked: readonly string[];
  /** Messages of all realtime sessions but sound, oldest first. */
  readonly passed: readonly Passed[];
  /** Chat requests that contain these words are answered only once the returned function is called. */
  keepWaiting(words: string): () => void;
  close(): Promise<void>;
}

/** Events that carry nothing but sound, by far the most. */
const sound = /"type":"(input_audio_buffer\.append|response\.output_audio\.delta)"/;

export async function openModelDoor(certificate: Certificate): Promise<ModelDoor> {
  const standIn = createOpenAI({
    // Only the laptop was told of this port.
    access: { require: async () => ({ objectId: "test", tenantId: "test", audience: "test", claims: {} }) },
    accountId: "/subscriptions/test",
    clock: wallClock,
    random: Math.random,
    voice: await openVoice(),
    model: createModel(),
  });
  for (const { name, version } of models) standIn.createDeployment({ name, model: name, version, capacity: 1_000 });
  const inside = await serve(standIn, certificate);
  const asked: string[] = [];
  const passed: Passed[] = [];
  const waiting = new Map<string, Promise<void>>();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  let sessions = 0;

  const join = (near: WebSocket, path: string): void => {
    const session = sessions++;
    const far = new WebSocket(`ws://${inside.host}${path}`, {
      headers: { authorization: "Bearer none" },
      perMessageDeflate: false,
    });
    const kept: string[] = [];
    const note = (by: Passed["by"], text: string): void => {
      if (!sound.test(text.slice(0, 200))) passed.push({ session, by, event: JSON.parse(text) as Passed["event"] });
    };
    near.on("message", (data) => {
      const text = data.toString();
      note("app", text);
      if (far.readyState === far.OPEN) far.send(text);
      else kept.push(text);
    });
    far.on("open", () => {
      for (const text of kept.splice(0)) far.send(text);
    });
    far.on("message", (data) => {
      const text = data.toString();
      note("model", text);
      near.send(text);
    });
    far.on("close", () => near.close());
    near.on("close", () => far.close());
    for (const each of [near, far]) each.on("error", () => each.terminate());
  };

  const outside = await serve(
    {
      async fetch(request) {
        const body = await request.text();
        asked.push(body);
        for (const [words, freed] of waiting) if (body.includes(words)) await freed;
        const { pathname, search } = new URL(request.url);
        return fetch(`http://${inside.host}${pathname}${search}`, {
          method: request.method,
          headers: { "content-type": request.headers.get("content-type") ?? "application/json", authorization: "Bearer none" },
          ...(body ? { body } : {}),
        });
      },
      upgrade(request, socket, head) {
        sockets.handleUpgrade(request, socket, head, (near) => join(near, request.url ?? ""));
      },
    },
    certificate,
  );

  return {
    environment: { OPENAI_BASE_URL: `http://${outside.host}/openai/v1`, OPENAI_API_KEY: "none" },
    asked,
    passed,
    keepWaiting(words) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(words, promise);
      return () => {
        waiting.delete(words);
        resolve();
      };
    },
    async close() {
      await Promise.all([outside.close(), inside.close()]);
      await standIn.close();
    },
  };
}
