/** Chats with real WebRTC and real sockets: the model's service stood in for, its callers, and bridges that watch them. */
import { randomUUID } from "node:crypto";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI, type OpenAIStandIn } from "../../laptop/openai/open-ai.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { type Clock, processClock } from "../../runtime/bridge/clock.ts";
import { type OpenSideSocket, sideSockets } from "../../runtime/bridge/sideband/side-socket.ts";
import { Sidebands } from "../../runtime/bridge/sideband/sidebands.ts";
import type { ToolServices } from "../../runtime/bridge/sideband/tools.ts";
import type { Choice } from "../../runtime/chat/record.ts";
import { type ChatSession, openSession, readSession } from "../../runtime/chat/session.ts";
import { type ChatOptions, defaultChatOptions } from "../../runtime/chat-options.ts";
import { deploymentHealth } from "../../runtime/services/deployment-health.ts";
import type { Documents } from "../../runtime/services/documents.ts";
import { type Models, openModels } from "../../runtime/services/openai.ts";
import { openRealtimeCalls, type RealtimeCalls } from "../../runtime/services/realtime-calls.ts";
import { openTextModels } from "../../runtime/services/text-models.ts";
import { BrowserPeer } from "../support/browser-peer.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { openWorld } from "../support/stand-in.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/openai";
const deployments = [
  { name: "realtime-cheap", model: "gpt-realtime-2.1-mini", version: "2026-07-07", capacity: 1_000 },
  { name: "realtime-strong", model: "gpt-realtime-2.1", version: "2026-07-07", capacity: 1_000 },
  { name: "whisper", model: "gpt-realtime-whisper", version: "2026-05-06", capacity: 1_000 },
  { name: "chat-fast", model: "gpt-5.4-mini", version: "2026-03-17", capacity: 1_000 },
  { name: "chat-strong", model: "gpt-5.5", version: "2026-04-24", capacity: 1_000 },
  { name: "embedding", model: "text-embedding-3-large", version: "1", capacity: 1_000 },
] as const;

export interface BridgeOptions {
  readonly options?: Partial<ChatOptions>;
  readonly clock?: Clock;
  readonly documents?: Documents;
  /** A name of its own unless told; one that is started in place of another has its name. */
  readonly watcher?: string;
  /** What becomes of its side sockets. */
  readonly sockets?: (open: OpenSideSocket) => OpenSideSocket;
  readonly tools?: Partial<Omit<ToolServices, "turns">>;
}

export interface Chats {
  readonly voice: Voice;
  readonly service: OpenAIStandIn;
  readonly documents: Documents;
  readonly models: Models;
  readonly calls: RealtimeCalls;
  readonly log: unknown[][];
  bridge(options?: BridgeOptions): Sidebands;
  /** A browser that has opened a call: watched by the bridge before it may talk. */
  talks(bridge: Sidebands, options?: TalkOptions): Promise<Talk>;
  session(sessionId: string): Promise<ChatSession>;
  close(): Promise<void>;
}

export interface TalkOptions {
  readonly sessionId?: string;
  readonly choice?: Choice;
  /** Its browser takes the answer; one that does not never comes up. */
  readonly connects?: boolean;
}

export interface Talk {
  readonly callId: string;
  readonly sessionId: string;
  readonly browser: BrowserPeer;
}

export async function openChats(): Promise<Chats> {
  const world = await openWorld();
  const voice = await openVoice();
  const service = createOpenAI({
    access: world.directory,
    accountId,
    clock: world.clock,
    model: createModel(),
    voice,
    random: Math.random,
  });
  for (const each of deployments) service.createDeployment(each);
  const app = world.identity();
  world.grant({ objectId: app.objectId, role: "Cognitive Services OpenAI User", scope: accountId });
  const { url } = await world.start(service);
  const settings = {
    OPENAI_ENDPOINT: url,
    OPENAI_CHAT_FAST: "chat-fast",
    OPENAI_CHAT_STRONG: "chat-strong",
    OPENAI_EMBEDDING: "embedding",
    DIALLABLE_COUNTRIES: "",
  };
  const documents = memoryDocuments();
  const models = openModels(settings, app.credential);
  const calls = openRealtimeCalls(settings, app.credential);
  const browsers: BrowserPeer[] = [];
  const lines: unknown[][] = [];
  const log = (...line: unknown[]) => void lines.push(line);
  const chats: Chats = {
    voice,
    service,
    documents,
    models,
    calls,
    log: lines,
    bridge: ({
      options = {},
      clock = processClock,
      documents: store = documents,
      watcher = randomUUID(),
      sockets = (open: OpenSideSocket) => open,
      tools = {},
    } = {}) =>
      new Sidebands({
        options: { ...defaultChatOptions, ...options },
        transcription: "whisper",
        documents: store,
        openSocket: sockets(sideSockets(url, app.credential)),
        calls,
        tools: {
          knowledge: { search: async () => [{ id: "hours", title: "Opening hours", content: "The office is open until six." }] },
          textModels: openTextModels(settings, app.credential, deploymentHealth(clock.nowMs)),
          ...tools,
        },
        watcher,
        newId: randomUUID,
        clock,
        log: { info: log, warn: log, error: log },
      }),
    async talks(bridge, { sessionId = randomUUID(), choice = "cheap", connects = true } = {}) {
      await openSession(documents, sessionId, "person-1", new Date());
      const browser = new BrowserPeer(voice);
      browsers.push(browser);
      const deployment = `realtime-${choice}`;
      const { instructions } = defaultChatOptions;
      const { answer, callId } = await models.openSession({ deployment, instructions, offer: await browser.offer(), retries: 0 });
      await bridge.attach({ callId, sessionId, deployment, choice });
      if (connects) await browser.connect(answer);
      return { callId, sessionId, browser };
    },
    async session(sessionId) {
      const session = await readSession(documents, sessionId);
      if (!session) throw new Error("There is no such session.");
      return session;
    },
    async close() {
      await Promise.all(browsers.splice(0).map((each) => each.close()));
      await service.close();
      await world.close();
    },
  };
  return chats;
}
