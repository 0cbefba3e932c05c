/**
 * Azure Voice Live on a laptop: the WebSocket of a Foundry account on which recognition, a model and a voice hold a conversation together,
 * in version 2026-04-10 of its protocol. The model is always the stand-in's, also where one of your own answers elsewhere; agents of the
 * Agent Service, models of your own, WebRTC and avatars it does not have.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { Model } from "../model/conversation.ts";
import { errorAnswer } from "../openai/answers.ts";
import { accept, couple, turnDown } from "../openai/realtime/sockets.ts";
import type { Service } from "../service.ts";
import type { Voice } from "../voice/voice.ts";
import { models } from "./models.ts";
import { VoiceLiveSession } from "./session.ts";

export interface VoiceLiveOptions {
  readonly access: Access;
  /** ARM id of the Foundry account. */
  readonly accountId: string;
  readonly clock: Clock;
  readonly model: Model;
  readonly voice: Voice;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Ids of the custom voices' endpoints; another is refused. */
  readonly customVoices?: readonly string[];
}

export const voiceLivePath = "/voice-live/realtime";
const version = "2026-04-10";
/** The second is the older audience (Azure docs, "How to use the Voice Live API", credentials). */
const audiences = ["https://ai.azure.com", "https://cognitiveservices.azure.com"] as const;
/** Both are asked for there. */
const roles = ["Cognitive Services User", "Foundry User"] as const;
/** Of a resource, unless more was asked for (Azure docs, "Voice Live FAQ"). */
const tokensPerMinute = 100_000;

export function createVoiceLive({ access, accountId, customVoices = [], ...parts }: VoiceLiveOptions): Service {
  const sessions = new Set<VoiceLiveSession>();
  const newId = (prefix: string) =>
    `${prefix}_${Array.from({ length: 24 }, () => Math.floor(parts.random() * 36).toString(36)).join("")}`;

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "https://localhost");
    if (pathname !== voiceLivePath) throw new Refusal(404, "404", `Resource not found: Voice Live is at ${voiceLivePath}.`);
    // Browsers cannot send headers with a socket.
    const authorization = request.headers.authorization ?? query.get("Authorization");
    for (const role of roles) await access.require(authorization, { audiences, scope: accountId, anyOf: [role] });
    const name = modelIn(query);
    accept(request, socket, head, (opened) => {
      const ended = () => sessions.delete(session);
      const session: VoiceLiveSession = new VoiceLiveSession({ ...parts, name, customVoices, newId, tokensPerMinute, ended });
      sessions.add(session);
      couple(opened, session, { owner: true });
    });
  }

  return {
    fetch: () => errorAnswer(new Refusal(404, "404", `Resource not found: Voice Live is a WebSocket at ${voiceLivePath}.`)),
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      admit(request, socket, head).catch((error: unknown) => {
        turnDown(socket, error instanceof Refusal ? error : new Refusal(500, "InternalServerError", "The stand-in failed."));
      });
    },
    close() {
      for (const session of sessions) session.close(1_001, "the service stops");
    },
  };
}

/** Throws `Refusal` for what an address does not say as it must. */
function modelIn(query: URLSearchParams): string {
  const asked = query.get("api-version");
  if (asked !== version)
    throw new Refusal(
      400,
      "BadRequest",
      `The query needs api-version=${version}${asked === null ? "" : `; ${asked} is not stood in for`}.`,
    );
  const model = query.get("model");
  if (model === null) throw new Refusal(400, "BadRequest", "The query needs 'model', the name of one of the service's models.");
  if (!models.includes(model))
    throw new Refusal(400, "BadRequest", `The model '${model}' is not one of the service's: ${models.join(", ")}.`);
  return model;
}
