/**
 * One WebRTC session with one model: its sound, and the events of its data channel as what a page wants to know. The server tells a new session
 * what was said before it, our own message included, and sees everything that the service's filter keeps from the browser.
 */
import type { ConnectionTools } from "../connection/connection.ts";

export type Choice = "cheap" | "strong";

export type Happening =
  /** The person begins to speak, or has stopped. */
  | { readonly kind: "hearing" | "heard" }
  /** Something was said into the microphone; its words come later, perhaps after the answer has begun. */
  | { readonly kind: "spoken"; readonly id: string }
  | { readonly kind: "understood"; readonly id: string; readonly words: string }
  /** The next words of an answer; then that no more of it come, because it is whole or was stopped. */
  | { readonly kind: "answering"; readonly id: string; readonly words: string }
  | { readonly kind: "answered" | "stopped"; readonly id: string }
  /** The network stutters, has recovered, or is gone for good. */
  | { readonly kind: "interrupted" | "resumed" | "lost" }
  /** The other side has closed the session. */
  | { readonly kind: "ended" };

export interface VoiceSession {
  readonly choice: Choice;
  /** The deployment that was really opened. */
  readonly model: string;
  readonly sound: MediaStream;
  /** An answer is being made, or is about to be. */
  readonly answering: boolean;
  /** The model has said something in answer to what it heard last. */
  readonly begun: boolean;
  /** Resolves once the person has spoken out and their words are known; after `withinMs`, or when the session is over, in any case. */
  spokenOut(withinMs: number): Promise<void>;
  /** What the model hears from now on; nothing with `null`, as at first. */
  listen(track: MediaStreamTrack | null): Promise<void>;
  tell(id: string, message: string): void;
  /** Asks for an answer: to what was typed at once, to what was spoken once whoever speaks right now has finished, and then to all of it. */
  ask(about: "typed" | "spoken"): void;
  /** Stops the answer under way, and keeps the model silent until it is asked again. */
  hush(): void;
  close(): void;
}

export interface VoiceArgs {
  /** Of our server, which brokers the offer. */
  readonly address: string;
  readonly post: (address: string, type: string, body: string) => Promise<Response>;
  readonly happened: (session: VoiceSession, happening: Happening) => void;
  /** Until a session must be open. */
  readonly withinMs: number;
}

/** Opens a session. Rejects in words; `cause` is then "voice" unless our server refused, which gives its status. */
export async function openVoice(
  { opened }: Pick<ConnectionTools, "opened">,
  { address, post, happened, withinMs }: VoiceArgs,
): Promise<VoiceSession> {
  /** How long a stutter may last before the connection counts as lost. */
  const stutterMs = 5_000;
  if (typeof RTCPeerConnection === "undefined")
    throw new Error("This browser has WebRTC switched off, so nothing can be spoken or heard.", { cause: "voice" });
  const connection = new RTCPeerConnection();
  const channel = connection.createDataChannel("oai-events");
  const sound = new MediaStream();
  let stutter: ReturnType<typeof setTimeout> | undefined;
  let [closed, hearing, awaiting, playing] = [false, false, false, false];
  /** The item that an answer is being written as. */
  let writing: string | undefined;
  let stopped: string | undefined;
  let [hushed, begun] = [false, false];
  /** What was said and is not yet known in words. */
  const unread = new Set<string>();
  let spoken = Promise.withResolvers<void>();
  /**
   * An answer is being made that was asked for while the person spoke: the service makes one at a time, and so none by itself to what it hears
   * meanwhile (Realtime API reference, `create_response`). That one is then owed.
   */
  let [overlapping, owed] = [false, false];

  function close(): void {
    closed = true;
    spoken.resolve();
    clearTimeout(stutter);
    connection.close();
  }
  const emit = (event: object): void => {
    if (channel.readyState === "open") channel.send(JSON.stringify(event));
  };

  async function connect(): Promise<Response> {
    // With a place for a microphone from the start, one can come and go without another offer, which the service would not take.
    connection.addTransceiver("audio", { direction: "sendrecv" });
    connection.ontrack = ({ track: heard }) => sound.addTrack(heard);
    await connection.setLocalDescription();
    const answer = await post(address, "application/sdp", connection.localDescription?.sdp ?? "");
    if (closed) throw new Error("The session came too late.");
    const up = opened(connection, channel, "model");
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    await up.catch((error: Error) => {
      throw new Error(error.message, { cause: "voice" });
    });
    return answer;
  }

  let late: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error("The session did not open in time.", { cause: "voice" })), withinMs);
  });
  const connecting = connect();
  connecting.catch(() => undefined);
  const answer = await Promise.race([connecting, expired])
    .catch((error: unknown) => {
      close();
      throw error;
    })
    .finally(() => clearTimeout(late));

  const session: VoiceSession = {
    choice: answer.headers.get("x-choice") === "strong" ? "strong" : "cheap",
    model: answer.headers.get("x-model") ?? "",
    sound,
    get answering() {
      return awaiting || owed || writing !== undefined;
    },
    get begun() {
      return begun;
    },
    async spokenOut(withinMs) {
      if (closed || (!hearing && unread.size === 0)) return;
      const late = setTimeout(() => {
        // Words that have not come by now may never come, and are waited for no more; who still speaks is.
        unread.clear();
        spoken.resolve();
        spoken = Promise.withResolvers();
      }, withinMs);
      await spoken.promise;
      clearTimeout(late);
    },
    listen: async (next) => {
      // Who is cut off says no more.
      if (!next) hearing = false;
      if (!hearing && unread.size === 0) spoken.resolve();
      for (const sender of connection.getSenders()) await sender.replaceTrack(next);
    },
    tell: (id, text) =>
      emit({
        type: "conversation.item.create",
        item: { id, type: "message", role: "user", content: [{ type: "input_text", text }] },
      }),
    ask(about) {
      hushed = begun = false;
      owed = false;
      if (about === "spoken" && hearing) return;
      overlapping = hearing;
      awaiting = true;
      emit({ type: "response.create" });
    },
    hush() {
      if (session.answering) emit({ type: "response.cancel" });
      if (session.answering || playing) emit({ type: "output_audio_buffer.clear" });
      [hushed, awaiting, playing] = [true, false, false];
      [overlapping, owed] = [false, false];
      if (writing === undefined) return;
      stopped = writing;
      writing = undefined;
      tell({ kind: "stopped", id: stopped });
    },
    close,
  };
  const tell = (happening: Happening): void => {
    if (!closed) happened(session, happening);
  };
  /** Asks for the answer that is owed, once the one before it is made and heard. */
  const makeUp = (): void => {
    if (owed && !awaiting && !playing && writing === undefined) session.ask("spoken");
  };

  function heard(event: Record<string, unknown>): void {
    const id = String(event.item_id ?? "");
    const item = event.item as { id: string; role?: string; content?: { type: string }[] } | undefined;
    switch (event.type) {
      case "response.output_audio_transcript.delta":
      case "response.output_text.delta":
        // Words on their way when it was stopped come too late.
        if (id === stopped) break;
        begun = true;
        awaiting = false;
        writing = id;
        // What a tool of the server returns has a model begin again.
        if (hushed) session.hush();
        else tell({ kind: "answering", id, words: String(event.delta) });
        break;
      case "response.output_audio_transcript.done":
      case "response.output_text.done":
        if (id === stopped) break;
        writing = undefined;
        overlapping = false;
        tell({ kind: "answered", id });
        makeUp();
        break;
      case "output_audio_buffer.started":
        playing = true;
        break;
      case "output_audio_buffer.stopped":
        playing = false;
        makeUp();
        break;
      case "input_audio_buffer.speech_started":
        // Whoever begins to speak stops the answer under way, and what they say is answered with all before it.
        [overlapping, owed] = [false, false];
        if (!hearing && unread.size === 0) spoken = Promise.withResolvers();
        hearing = true;
        tell({ kind: "hearing" });
        break;
      case "input_audio_buffer.speech_stopped":
        hearing = begun = false;
        unread.add(id);
        // The service answers what was spoken by itself, where it can.
        if (overlapping) [overlapping, owed] = [false, true];
        else awaiting = true;
        tell({ kind: "heard" });
        break;
      case "conversation.item.added":
        if (item?.role === "user" && item.content?.[0]?.type === "input_audio") tell({ kind: "spoken", id: item.id });
        break;
      case "conversation.item.input_audio_transcription.completed":
      case "conversation.item.input_audio_transcription.failed":
        tell({ kind: "understood", id, words: String(event.transcript ?? "").trim() });
        unread.delete(id);
        if (!hearing && unread.size === 0) spoken.resolve();
        break;
    }
  }

  channel.onmessage = ({ data }) => heard(JSON.parse(String(data)) as Record<string, unknown>);
  channel.onclose = () => tell({ kind: "ended" });
  connection.onconnectionstatechange = () => {
    clearTimeout(stutter);
    const { connectionState: state } = connection;
    if (state === "failed") tell({ kind: "lost" });
    if (state === "connected") tell({ kind: "resumed" });
    if (state !== "disconnected") return;
    stutter = setTimeout(() => tell({ kind: "lost" }), stutterMs);
    tell({ kind: "interrupted" });
  };
  return session;
}
