import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openVoice } from "./voice-session.ts";

const longestMs = 10_000;

class Connection {
  static newest: Connection;
  readonly sent: string[] = [];
  readonly channel = {
    readyState: "open",
    onmessage: undefined as ((message: { readonly data: string }) => void) | undefined,
    send: (data: string) => void this.sent.push((JSON.parse(data) as { type: string }).type),
  };
  constructor() {
    Connection.newest = this;
  }
  createDataChannel = () => this.channel;
  addTransceiver = () => undefined;
  setLocalDescription = async () => undefined;
  setRemoteDescription = async () => undefined;
  getSenders = () => [];
  close = () => undefined;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCPeerConnection", Connection);
  vi.stubGlobal("MediaStream", class {});
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function opened() {
  const session = await openVoice(
    { opened: async () => undefined },
    { address: "/calls", post: async () => new Response("v=0"), happened: () => undefined, withinMs: longestMs },
  );
  const { channel, sent } = Connection.newest;
  /** The model tells these events of an item, one after the other. */
  const hears = (id: string, ...types: string[]) => {
    for (const type of types)
      channel.onmessage?.({ data: JSON.stringify({ type, item_id: id, delta: "word ", transcript: "word" }) });
  };
  /** Whether the wait is over before `spokenOut` gives up. */
  const waits = async () => {
    const over = vi.fn();
    void session.spokenOut(longestMs).then(over);
    await vi.advanceTimersByTimeAsync(longestMs - 1);
    const waited = over.mock.calls.length === 0;
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
    return waited;
  };
  return { session, sent, hears, waits };
}

const begins = "input_audio_buffer.speech_started";
const stops = "input_audio_buffer.speech_stopped";
const transcribed = "conversation.item.input_audio_transcription.completed";
const says = "response.output_audio_transcript.delta";
const hasSaid = "response.output_audio_transcript.done";
const plays = "output_audio_buffer.started";
const hasPlayed = "output_audio_buffer.stopped";

test("words that never come are waited for once, and whoever speaks after that is waited for again", async () => {
  const { session, hears, waits } = await opened();
  hears("a", begins, stops);
  expect(await waits()).toBe(true);
  expect(await waits()).toBe(false);
  hears("b", begins);
  expect(await waits()).toBe(true);
  expect(await waits()).toBe(true);
  hears("b", stops);
  const over = vi.fn();
  void session.spokenOut(longestMs).then(over);
  await vi.advanceTimersByTimeAsync(1);
  expect(over).not.toHaveBeenCalled();
  hears("b", transcribed);
  await vi.advanceTimersByTimeAsync(0);
  expect(over).toHaveBeenCalledOnce();
});

test("what was spoken while an answer to something typed was made is answered after it, once that was heard", async () => {
  const { session, sent, hears } = await opened();
  hears("a", begins);
  session.ask("typed");
  hears("answer", says, plays);
  hears("a", stops);
  hears("answer", says, hasSaid);
  expect([sent, session.answering]).toEqual([["response.create"], true]);
  hears("answer", hasPlayed);
  expect(sent).toEqual(["response.create", "response.create"]);
  hears("answer-2", says, plays, hasSaid, hasPlayed);
  expect([sent.length, session.answering]).toEqual([2, false]);
});

test("whoever speaks again before that is heard out first", async () => {
  const { session, sent, hears } = await opened();
  hears("a", begins);
  session.ask("typed");
  hears("answer", says, plays);
  hears("a", stops);
  // The service cuts the answer off, tells nobody that it is not played to its end, and answers all of it once the person has finished.
  hears("b", begins);
  hears("answer", hasSaid);
  hears("b", stops);
  hears("answer-2", says, plays, hasSaid, hasPlayed);
  expect([sent, session.answering]).toEqual([["response.create"], false]);
});

test("nothing more is asked for where the service answers by itself, or where the answer was to all of it", async () => {
  const { session, sent, hears } = await opened();
  // The answer to what was typed was made before the person had finished.
  hears("a", begins);
  session.ask("typed");
  hears("answer", says, plays, hasSaid);
  hears("a", stops);
  hears("answer-2", says);
  hears("answer", hasPlayed);
  hears("answer-2", plays, hasSaid, hasPlayed);
  expect(sent).toEqual(["response.create"]);
  // What was typed next had everything before it answered.
  hears("b", begins);
  session.ask("typed");
  hears("answer-3", says);
  hears("b", stops);
  session.hush();
  hears("answer-3", hasSaid, hasPlayed);
  session.ask("typed");
  hears("answer-4", says, hasSaid);
  expect(sent.filter((each) => each === "response.create")).toHaveLength(3);
});
