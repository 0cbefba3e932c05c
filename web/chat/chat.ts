/**
 * The chat page in the browser: asks the router which model answers, opens a WebRTC session with it through our server, and shows what is said.
 * Served as the text of this one function, so it uses nothing but what it is handed and the browser. The browser holds no key.
 */
import type { ConnectionTools } from "../connection/connection.ts";

export function chat({ asked, opened }: ConnectionTools): void {
  interface Session {
    readonly choice: string;
    /** What the page says of it while nothing else happens. */
    readonly ready: string;
    readonly connection: RTCPeerConnection;
    readonly channel: RTCDataChannel;
    /** The model is writing an answer; it is still to be heard. */
    answering: boolean;
    playing: boolean;
  }
  interface Line {
    readonly who: "human" | "assistant";
    readonly item: HTMLElement;
    words: string;
  }
  interface Decision {
    readonly model: string;
    readonly choice: string;
    readonly score: number;
    readonly confidence: number;
    readonly reasons: readonly string[];
    readonly expectedSaving: number;
    readonly sessionId: string;
    readonly webrtcEndpoint: string;
  }

  /** What a new session is told of the conversation before it. */
  const remembered = 20;
  /** What is shown of speech until its words are known. */
  const unheard = "(spoken)";

  const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
  const state = element("state");
  const end = element<HTMLButtonElement>("end");
  const sendButton = element<HTMLButtonElement>("send");
  const field = element<HTMLTextAreaElement>("message");
  const microphone = element<HTMLInputElement>("microphone");
  const voice = element<HTMLAudioElement>("voice");
  const lines = new Map<string, Line>();
  let session: Session | undefined;
  let sessionId: string | undefined;

  function fault(words: string): void {
    element("fault").textContent = words;
    element("fault").hidden = words === "";
  }

  function say(who: Line["who"], id: string, words: string): void {
    const line = lines.get(id) ?? { who, item: document.createElement("li"), words: "" };
    if (!lines.has(id)) {
      const speaker = document.createElement("span");
      speaker.className = "who";
      speaker.textContent = who === "human" ? "You" : "Assistant";
      line.item.className = who;
      line.item.append(speaker, "");
      element("talk").append(line.item);
      lines.set(id, line);
    }
    line.words = words;
    if (line.item.lastChild) line.item.lastChild.textContent = words;
    line.item.scrollIntoView({ block: "nearest" });
  }

  function show(decision: Decision): void {
    const percent = (share: number): string => `${Math.round(share * 100)} %`;
    const facts: [string, string][] = [
      ["Model", `${decision.model} (${decision.choice})`],
      ["Why", decision.reasons.join("; ")],
      ["Difficulty", `${percent(decision.score)}; from 50 % the strong model answers`],
      ["Confidence", percent(decision.confidence)],
      ["Saves", `${percent(decision.expectedSaving)} of the strong model's price of speech`],
    ];
    element("choice").replaceChildren(
      ...facts.flatMap(([name, value]) => {
        const term = document.createElement("dt");
        const description = document.createElement("dd");
        term.textContent = name;
        description.textContent = value;
        return [term, description];
      }),
    );
  }

  const post = (address: string, type: string, body: string): Promise<Response> =>
    asked(address, { method: "POST", headers: { "content-type": type }, body }, "send the message again");

  function heard(into: Session, event: Record<string, unknown>): void {
    const id = String(event.item_id ?? "");
    const item = event.item as { id: string; role?: string; content?: { type: string }[] } | undefined;
    switch (event.type) {
      case "response.output_audio_transcript.delta":
      case "response.output_text.delta":
        into.answering = true;
        say("assistant", id, (lines.get(id)?.words ?? "") + String(event.delta));
        break;
      case "response.output_audio_transcript.done":
      case "response.output_text.done":
        into.answering = false;
        break;
      case "output_audio_buffer.started":
        into.playing = true;
        break;
      case "output_audio_buffer.stopped":
        into.playing = false;
        break;
      case "input_audio_buffer.speech_started":
        state.textContent = "Hearing you…";
        break;
      case "input_audio_buffer.speech_stopped":
        state.textContent = into.ready;
        break;
      case "conversation.item.added":
        // Its words come when the answer to it may already be under way, so its place is kept.
        if (item?.role === "user" && item.content?.[0]?.type === "input_audio") say("human", item.id, unheard);
        break;
      case "conversation.item.input_audio_transcription.completed":
        if (event.transcript) say("human", id, String(event.transcript));
        break;
    }
  }

  async function listen(): Promise<MediaStream | undefined> {
    if (!microphone.checked) return undefined;
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    } catch {
      microphone.checked = false;
      throw new Error(
        "The microphone is not available: allow it for this page in the browser's settings and tick the box again, or type.",
      );
    }
  }

  /** Opens a session with the model chosen, and tells it what was said before. */
  async function open(address: string, choice: string, before: readonly Line[]): Promise<Session> {
    const stream = await listen();
    const connection = new RTCPeerConnection();
    try {
      const channel = connection.createDataChannel("oai-events");
      if (stream) for (const track of stream.getTracks()) connection.addTrack(track, stream);
      else connection.addTransceiver("audio", { direction: "recvonly" });
      connection.ontrack = ({ track, streams }) => {
        voice.srcObject = streams[0] ?? new MediaStream([track]);
      };
      const ready = stream ? `Connected with the ${choice} model: speak, or type.` : `Connected with the ${choice} model.`;
      const made: Session = { choice, ready, connection, channel, answering: false, playing: false };
      channel.onmessage = ({ data }) => heard(made, JSON.parse(String(data)) as Record<string, unknown>);
      await connection.setLocalDescription();
      const answer = await post(address, "application/sdp", connection.localDescription?.sdp ?? "");
      const up = opened(connection, channel, "model");
      await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
      await up;
      const lost = () => {
        if (session === made) close("The session has ended; your next message opens another.");
      };
      channel.onclose = lost;
      connection.onconnectionstatechange = () => {
        if (connection.connectionState === "failed") lost();
      };
      for (const { who, words } of before.slice(-remembered)) if (words !== unheard) tell(made, who, words);
      end.disabled = false;
      state.textContent = ready;
      return made;
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      connection.close();
      throw error;
    }
  }

  function close(words: string): void {
    const closing = session;
    session = undefined;
    for (const sender of closing?.connection.getSenders() ?? []) sender.track?.stop();
    closing?.connection.close();
    end.disabled = true;
    state.textContent = words;
  }

  function emit({ channel }: Session, event: object): void {
    if (channel.readyState === "open") channel.send(JSON.stringify(event));
  }

  function tell(to: Session, who: Line["who"], words: string): void {
    const [role, type] = who === "human" ? ["user", "input_text"] : ["assistant", "output_text"];
    emit(to, { type: "conversation.item.create", item: { type: "message", role, content: [{ type, text: words }] } });
  }

  /** Whoever types over an answer wants the next one. */
  function interrupt(speaking: Session): void {
    if (speaking.answering) emit(speaking, { type: "response.cancel" });
    if (speaking.answering || speaking.playing) emit(speaking, { type: "output_audio_buffer.clear" });
    speaking.answering = false;
    speaking.playing = false;
  }

  async function send(message: string): Promise<void> {
    const before = [...lines.values()];
    const id = crypto.randomUUID();
    say("human", id, message);
    try {
      const body = JSON.stringify({ message, ...(sessionId ? { sessionId } : {}) });
      const decision = (await (await post("/api/ModelRouter", "application/json", body)).json()) as Decision;
      sessionId = decision.sessionId;
      show(decision);
      if (session && session.choice !== decision.choice) close(`Changing to the ${decision.choice} model…`);
      const address = new URL(decision.webrtcEndpoint);
      session ??= await open(address.pathname + address.search, decision.choice, before);
      interrupt(session);
      tell(session, "human", message);
      emit(session, { type: "response.create" });
    } catch (error) {
      lines.get(id)?.item.remove();
      lines.delete(id);
      if (!field.value) field.value = message;
      throw error;
    }
  }

  /** One thing at a time; what goes wrong is said in words. */
  function attempt(act: () => Promise<void>): void {
    if (sendButton.disabled) return;
    sendButton.disabled = true;
    fault("");
    act()
      .catch((error: unknown) => {
        close("Not connected.");
        fault(error instanceof Error ? error.message : "Something failed; try again.");
      })
      .finally(() => {
        sendButton.disabled = false;
      });
  }

  element<HTMLFormElement>("ask").onsubmit = (event) => {
    event.preventDefault();
    const message = field.value.trim();
    if (!message || sendButton.disabled) return;
    field.value = "";
    if (!session) state.textContent = "Connecting…";
    attempt(() => send(message));
  };
  field.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    element<HTMLFormElement>("ask").requestSubmit();
  };
  microphone.onchange = () =>
    attempt(async () => {
      const choice = session?.choice ?? "cheap";
      if (session) close("Not connected.");
      if (!microphone.checked) return;
      state.textContent = "Connecting…";
      sessionId ??= crypto.randomUUID();
      session = await open(`/api/realtime/calls?choice=${choice}&sessionId=${sessionId}`, choice, [...lines.values()]);
    });
  element<HTMLInputElement>("aloud").onchange = ({ target }) => {
    voice.muted = !(target as HTMLInputElement).checked;
  };
  end.onclick = () => close("The session has ended; your next message opens another.");
}
