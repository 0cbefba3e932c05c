import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { VirtualClock } from "../../../tests/support/virtual-clock.ts";
import { carriedReader, openRealtimeCall } from "./realtime-call.ts";
import type { ModelBrief, ModelEvent, VoiceModel } from "./voice-model.ts";

const brief: ModelBrief = {
  instructions: "You are Ada.",
  tools: [],
  language: "en-US",
  languages: [],
  speed: 1,
  vadThreshold: 0.5,
  vadSilenceMs: 500,
  recognitionMs: 100,
};

describe("what the service says of a carried call", () => {
  const read = (...messages: object[]): ModelEvent[] => {
    const reader = carriedReader();
    return messages.flatMap((each) => [...reader(Buffer.from(JSON.stringify(each)))]);
  };
  const cleared = { type: "output_audio_buffer.cleared", response_id: "r" };
  const committed = { type: "input_audio_buffer.committed", item_id: "i" };

  test("tells when a response is heard, and which keys are pressed", () => {
    expect(
      read(
        { type: "output_audio_buffer.started", response_id: "r" },
        { type: "output_audio_buffer.stopped", response_id: "r" },
        { type: "input_audio_buffer.dtmf_event_received", event: "#", received_at: 1 },
        { type: "input_audio_buffer.dtmf_event_received", event: "flash", received_at: 1 },
      ),
    ).toEqual([
      { kind: "playing", responseId: "r" },
      { kind: "played", responseId: "r" },
      { kind: "digit", digit: "#" },
    ]);
  });

  test("of a response that was cut is what was heard of it, never that all of it was", () => {
    const truncated = { type: "conversation.item.truncated", item_id: "a", content_index: 0, audio_end_ms: 1_200 };
    expect(read(cleared, truncated, committed)).toEqual([
      { kind: "truncated", itemId: "a", heardMs: 1_200 },
      { kind: "turn_ended", itemId: "i" },
    ]);
    expect(read(truncated, cleared, committed).map((each) => each.kind)).toEqual(["truncated", "played", "turn_ended"]);
  });

  test("of one cut that is no item of the conversation is that it is over, once the interruption is", () => {
    expect(read(cleared, committed)).toEqual([
      { kind: "played", responseId: "r" },
      { kind: "turn_ended", itemId: "i" },
    ]);
    expect(read(cleared)).toEqual([]);
  });
});

describe("a call that the service carries", () => {
  let close: () => void;
  let endpoint: string;
  /** What the service answers to those who want to join; 101 lets them in. */
  let answers: number[];
  let sockets: { socket: WebSocket; told: { type: string; [key: string]: unknown }[]; address: string }[];
  let changed: () => void;
  let overs: number;
  let clock: VirtualClock;
  let models: VoiceModel[];

  beforeEach(async () => {
    answers = [];
    sockets = [];
    overs = 0;
    models = [];
    changed = () => undefined;
    clock = new VirtualClock();
    const server = createServer();
    const joins = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      const status = answers.shift() ?? 101;
      if (status !== 101) {
        socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => changed());
        return;
      }
      joins.handleUpgrade(request, socket, head, (joined) => {
        const told: { type: string }[] = [];
        sockets.push({ socket: joined, told, address: request.url ?? "" });
        joined.on("message", (data) => {
          told.push(JSON.parse(data.toString()) as { type: string });
          changed();
        });
        changed();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => {
      for (const { socket } of sockets) socket.terminate();
      server.closeAllConnections();
      server.close();
    };
  });
  afterEach(() => {
    for (const each of models) each.close();
    close();
  });

  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const before = changed;
      changed = () => {
        before();
        if (isSo()) resolve();
      };
      changed();
    });

  function line() {
    const open = openRealtimeCall({
      settings: { OPENAI_ENDPOINT: endpoint },
      credential: { getToken: async () => ({ token: "entra", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
      transcription: "transcriber",
      callId: "rtc_1",
      clock,
      over: () => {
        overs++;
        changed();
      },
    });
    return () => {
      const events: ModelEvent[] = [];
      const model = open({ deployment: "", brief }, (event) => {
        events.push(event);
        changed();
      });
      models.push(model);
      return { model, events };
    };
  }

  test("is joined by its id and told who it is: it interrupts itself, keeps its voice and its own sound format", async () => {
    const { model } = line()();
    await until(() => sockets[0]?.told.length === 1);
    expect(sockets[0]?.address).toBe("/openai/v1/realtime?call_id=rtc_1");
    expect(sockets[0]?.told[0]).toMatchObject({
      type: "session.update",
      session: { instructions: "You are Ada.", audio: { input: { turn_detection: { interrupt_response: true } } } },
    });
    expect(JSON.stringify(sockets[0]?.told[0])).not.toMatch(/"voice"|"format"/);
    model.send({ kind: "clear" });
    await until(() => sockets[0]?.told.length === 2);
    expect(sockets[0]?.told[1]).toEqual({ type: "output_audio_buffer.clear" });
  });

  test("that is unknown at first is asked for again, as one just accepted may be", async () => {
    answers = [404];
    const { events } = line()();
    const refused = until(() => answers.length === 0);
    await refused;
    while (sockets.length === 0) {
      clock.pass(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(overs).toBe(0);
    expect(events.filter((each) => each.kind === "closed")).toEqual([]);
  });

  test("that stays unknown is over, and the model is not reported lost as well", async () => {
    answers = [404, 404, 404];
    const { events } = line()();
    while (overs === 0) {
      clock.pass(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(events).toEqual([]);
    expect(answers).toEqual([]);
  });

  test("whose socket is lost is joined again when asked; unknown by then, it is over at once", async () => {
    const open = line();
    const first = open();
    await until(() => sockets.length === 1 && sockets[0]?.told.length === 1);
    sockets[0]?.socket.terminate();
    await until(() => first.events.some((each) => each.kind === "closed"));
    const second = open();
    await until(() => sockets.length === 2 && sockets[1]?.told.length === 1);
    sockets[1]?.socket.terminate();
    await until(() => second.events.some((each) => each.kind === "closed"));
    expect(overs).toBe(0);
    answers = [404];
    const third = open();
    await until(() => overs === 1);
    expect(third.events).toEqual([]);
  });

  test("that cannot be joined for another reason is reported lost, not over", async () => {
    answers = [503];
    const { events } = line()();
    await until(() => events.length > 0);
    expect(events).toEqual([{ kind: "closed" }]);
    expect(overs).toBe(0);
  });
});
