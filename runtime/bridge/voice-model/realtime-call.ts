/**
 * The model's side of a call that its service carries: we join the session that is there already by its call id, to steer it. Losing the
 * socket loses nothing of the call, so it is joined again; only a call that the service no longer knows is over.
 */
import type { TokenCredential } from "@azure/identity";
import WebSocket from "ws";
import { z } from "zod";
import { tokenFor } from "../../services/credential.ts";
import type { Clock } from "../clock.ts";
import { type RealtimeSettings, realtimeAddress } from "./realtime.ts";
import { carriedUpdate, readEvent, writeCommand } from "./realtime-events.ts";
import type { ModelEvent, OpenVoiceModel, VoiceModel } from "./voice-model.ts";

const scope = "https://cognitiveservices.azure.com/.default";
const openWithinMs = 10_000;
/** No sound comes here: an item of the conversation is the largest event. */
const largestMessageBytes = 1_048_576;
/** A call just accepted may be unknown for a moment; one that was joined before and is unknown has ended. */
const joinDelaysMs = [300, 1_000];

export interface JoinedCall {
  readonly settings: RealtimeSettings;
  readonly credential: TokenCredential;
  /** The deployment that writes down what callers say. */
  readonly transcription: string;
  /** The service's own id of the call. */
  readonly callId: string;
  readonly clock: Clock;
  /** The service no longer knows the call; told at most once an opening. */
  readonly over: () => void;
}

/** Joins the call each time it is asked to open a session; what the sessions know of the conversation is the service's. */
export function openRealtimeCall({ settings, credential, transcription, callId, clock, over }: JoinedCall): OpenVoiceModel {
  let wasJoined = false;
  return ({ brief }, report) => {
    let socket: WebSocket | undefined;
    let cancel: () => void = () => undefined;
    let ended = false;
    const close = () => {
      if (ended) return;
      ended = true;
      cancel();
      socket?.terminate();
      report({ kind: "closed" });
    };
    const send = (message: Buffer | object) => {
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message), { binary: false });
    };
    const unknown = (attempt: number) => {
      const delayMs = wasJoined ? undefined : joinDelaysMs[attempt];
      if (delayMs !== undefined) {
        cancel = clock.after(delayMs, () => void join(attempt + 1).catch(close));
        return;
      }
      ended = true;
      over();
    };
    const join = async (attempt: number) => {
      const token = await tokenFor(credential, scope);
      if (ended) return;
      const joining = new WebSocket(realtimeAddress(settings.OPENAI_ENDPOINT, { call_id: callId }), {
        headers: { authorization: `Bearer ${token}` },
        handshakeTimeout: openWithinMs,
        perMessageDeflate: false,
        maxPayload: largestMessageBytes,
      });
      socket = joining;
      const read = carriedReader();
      let announced = false;
      let refused = false;
      const lost = () => {
        if (!refused) close();
      };
      joining.on("open", () => {
        wasJoined = true;
        send(carriedUpdate(brief, transcription));
      });
      joining.on("message", (data) => {
        for (const event of ended ? [] : read(data as Buffer)) {
          if (event.kind === "ready" && announced) continue;
          if (event.kind === "ready") announced = true;
          report(event);
        }
      });
      joining.on("unexpected-response", (_request, response) => {
        refused = true;
        response.resume();
        joining.terminate();
        if (ended) return;
        if (response.statusCode === 404) unknown(attempt);
        else close();
      });
      joining.on("close", lost);
      joining.on("error", lost);
    };
    join(0).catch(close);

    const model: VoiceModel = {
      send(command) {
        // The service hears the caller itself.
        if (command.kind !== "hear") for (const message of writeCommand(command)) send(message);
      },
      brief: (changed) => send(carriedUpdate(changed, transcription)),
      close() {
        ended = true;
        cancel();
        if (socket?.readyState === WebSocket.OPEN) socket.close(1000);
        else socket?.terminate();
      },
    };
    return model;
  };
}

const cleared = z.object({ type: z.literal("output_audio_buffer.cleared"), response_id: z.string() });
/** With these the interruption that emptied the buffer is past. */
const later: readonly ModelEvent["kind"][] = ["speech_stopped", "turn_ended", "response_started"];

/**
 * Reads what the service says of a carried call. A buffer that was emptied is followed by what was heard of the item in it; when it is not,
 * as for what was said beside the conversation, the response has had its hearing all the same.
 */
export function carriedReader(): (data: Buffer) => readonly ModelEvent[] {
  let emptied: string | undefined;
  return (data) => {
    if (data.includes("output_audio_buffer.cleared")) {
      emptied = clearedIn(data) ?? emptied;
      return [];
    }
    const event = readEvent(data);
    if (!event) return [];
    if (event.kind === "truncated") emptied = undefined;
    if (emptied === undefined || !later.includes(event.kind)) return [event];
    const played: ModelEvent = { kind: "played", responseId: emptied };
    emptied = undefined;
    return [played, event];
  };
}

function clearedIn(data: Buffer): string | undefined {
  try {
    return cleared.safeParse(JSON.parse(data.toString("utf8"))).data?.response_id;
  } catch {
    return undefined;
  }
}
