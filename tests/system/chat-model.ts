/**
 * The model of a laptop under test, in the test's own process: it fails when it is told to, and beside each WebRTC call a meter of the test's own
 * hears what was used, whoever else watches.
 */
import { WebSocket } from "ws";
import { wallClock } from "../../laptop/clock.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI, type OpenAIStandIn } from "../../laptop/openai/open-ai.ts";
import { type Certificate, serve } from "../../laptop/service.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { costOf, type Used } from "../../runtime/chat/price.ts";
import type { Choice } from "../../runtime/chat/record.ts";
import { models } from "../../stacks/models.ts";

/** A call as it was served, by the service's own events. */
export interface ServedCall {
  readonly callId: string;
  /** What was served, oldest first; `atMs` by `performance.now()`. */
  readonly served: readonly (Used & { readonly of: string; readonly atMs: number })[];
  readonly over: boolean;
  /** Hangs up from the service's side, whatever is being said. */
  breaks(): Promise<void>;
}

export interface ChatModel {
  /** What the laptop is started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly voice: Voice;
  readonly fault: OpenAIStandIn["fault"];
  /** In the order in which they were opened. */
  readonly calls: readonly ServedCall[];
  /** What is open now. */
  open(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** What was served, by list price. */
export const costUsd = (served: readonly Used[]): number => served.reduce((sum, each) => sum + costOf(each).costUsd, 0);

/** The models of the laptop's pairs by the choice they answer for (stacks/defaults.ts); the strong one also answers for Foundry's router. */
export const voiceModels: Readonly<Record<Choice, string>> = { cheap: "gpt-realtime-2.1-mini", strong: "gpt-realtime-2.1" };
export const textModels: Readonly<Record<Choice, string>> = { cheap: "gpt-5.4-mini", strong: "gpt-5.5" };

type Told = Readonly<Record<string, unknown>> & { readonly type: string };

export async function openChatModel(certificate: Certificate): Promise<ChatModel> {
  const voice = await openVoice();
  const standIn = createOpenAI({
    // Only the laptop was told of this port.
    access: { require: async () => ({ objectId: "test", tenantId: "test", audience: "test", claims: {} }) },
    accountId: "/subscriptions/test",
    clock: wallClock,
    random: Math.random,
    voice,
    model: createModel(),
  });
  for (const { name, version } of models) standIn.createDeployment({ name, model: name, version, capacity: 1_000 });
  const calls: ServedCall[] = [];
  const service = await serve(
    {
      ...standIn,
      async fetch(request) {
        const answer = await standIn.fetch(request);
        const callId = answer.headers.get("location")?.split("/").at(-1);
        if (callId) calls.push(await metered(service.host, callId));
        return answer;
      },
    },
    certificate,
  );
  return {
    environment: { OPENAI_BASE_URL: `http://${service.host}/openai/v1`, OPENAI_API_KEY: "none" },
    voice,
    fault: standIn.fault,
    calls,
    open: () => standIn.open?.() ?? {},
    async close() {
      await service.close();
      await standIn.close();
    },
  };
}

async function metered(host: string, callId: string): Promise<ServedCall> {
  const authorization = "Bearer none";
  const socket = new WebSocket(`ws://${host}/openai/v1/realtime?call_id=${callId}`, { headers: { authorization } });
  const served: (Used & { of: string; atMs: number })[] = [];
  let choice: Choice = "cheap";
  let over = false;
  socket.on("message", (data) => {
    const told = JSON.parse(data.toString()) as Told;
    const add = (kind: Used["kind"], of: unknown, usage: unknown) =>
      void served.push({ kind, choice, usage: usage as Used["usage"], of: String(of), atMs: performance.now() });
    if (told.type === "session.created")
      choice = (told.session as { model: string }).model === voiceModels.strong ? "strong" : "cheap";
    if (told.type === "response.done") {
      const { id, usage } = told.response as { id: string; usage: unknown };
      add("voice", id, usage);
    }
    if (told.type === "conversation.item.input_audio_transcription.completed") add("transcription", told.item_id, told.usage);
  });
  socket.on("close", () => {
    over = true;
  });
  await new Promise((resolve) => socket.once("open", resolve));
  return {
    callId,
    served,
    get over() {
      return over;
    },
    async breaks() {
      await fetch(`http://${host}/openai/v1/realtime/calls/${callId}/hangup`, { method: "POST", headers: { authorization } });
    },
  };
}
