/**
 * The phone page in the browser: opens a WebRTC call with the agent through our server, shows what is said, and sends keys. Served as the text
 * of this one function, so it uses nothing but what it is handed and the browser. The browser holds no key.
 */
import type { ConnectionTools } from "../connection/connection.ts";

export function phone({ asked, microphoneFault, opened }: ConnectionTools): void {
  interface Call {
    readonly connection: RTCPeerConnection;
    readonly microphone: MediaStream;
    /** Where our server knows the call; there once it is open. */
    address: string | undefined;
  }

  /** What is shown of speech until its words are known. */
  const unheard = "(spoken)";

  const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
  const callButton = element<HTMLButtonElement>("call");
  const hangUpButton = element<HTMLButtonElement>("hang-up");
  const mute = element<HTMLInputElement>("mute");
  const keys = [...element("keypad").querySelectorAll("button")];
  const lines = new Map<string, HTMLElement>();
  let current: Call | undefined;

  function state(words: string): void {
    element("state").textContent = words;
  }

  function fault(words: string): void {
    element("fault").textContent = words;
    element("fault").hidden = words === "";
  }

  function line(who: "human" | "assistant", id: string): HTMLElement {
    const known = lines.get(id);
    if (known) return known;
    const item = document.createElement("li");
    const speaker = document.createElement("span");
    const words = document.createElement("div");
    item.className = who;
    speaker.className = "who";
    speaker.textContent = who === "human" ? "You" : "Agent";
    words.dir = "auto";
    item.append(speaker, words);
    element("talk").append(item);
    lines.set(id, words);
    return words;
  }

  function heard(event: Record<string, unknown>): void {
    const id = String(event.item_id ?? "");
    const item = event.item as { id: string; role?: string; content?: { type: string }[] } | undefined;
    switch (event.type) {
      case "response.output_audio_transcript.delta":
        line("assistant", id).textContent += String(event.delta);
        break;
      case "response.output_audio_transcript.done":
        // The agent may have begun before this page could hear it.
        line("assistant", id).textContent = String(event.transcript);
        break;
      case "conversation.item.added":
        // Its words come when the answer to it may already be under way, so its place is kept.
        if (item?.role === "user" && item.content?.[0]?.type === "input_audio") line("human", item.id).textContent = unheard;
        break;
      case "conversation.item.input_audio_transcription.completed":
        if (event.transcript) line("human", id).textContent = String(event.transcript);
        break;
      case "input_audio_buffer.speech_started":
        state("Hearing you…");
        break;
      case "input_audio_buffer.speech_stopped":
      case "output_audio_buffer.stopped":
        state("Connected. Speak when you like.");
        break;
      case "output_audio_buffer.started":
        state("The agent speaks; you may interrupt.");
        break;
      default:
        return;
    }
    element("talk").lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  const post = (address: string, type: string, body: string): Promise<Response> =>
    asked(address, { method: "POST", headers: { "content-type": type }, body }, "try again");

  function listen(): Promise<MediaStream> {
    return Promise.resolve()
      .then(() => navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } }))
      .catch((error: unknown) => {
        throw new Error(microphoneFault(error, "call again"));
      });
  }

  async function dial(): Promise<void> {
    lines.clear();
    element("talk").replaceChildren();
    element("kept").hidden = true;
    const microphone = await listen();
    const connection = new RTCPeerConnection();
    const call: Call = { connection, microphone, address: undefined };
    current = call;
    hangUpButton.disabled = false;
    for (const track of microphone.getTracks()) {
      track.enabled = !mute.checked;
      connection.addTrack(track, microphone);
    }
    const voice = element<HTMLAudioElement>("voice");
    connection.ontrack = ({ track, streams }) => {
      voice.srcObject = streams[0] ?? new MediaStream([track]);
    };
    const channel = connection.createDataChannel("oai-events");
    channel.onmessage = ({ data }) => {
      if (current === call) heard(JSON.parse(String(data)) as Record<string, unknown>);
    };
    await connection.setLocalDescription();
    const answer = await post("/phone/calls", "application/sdp", connection.localDescription?.sdp ?? "");
    call.address = answer.headers.get("location") ?? undefined;
    if (current !== call) return release(call, true);
    const up = opened(connection, channel, "agent");
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    await up;
    const lost = () => {
      if (current === call) end("The call has ended.", false);
    };
    channel.onclose = lost;
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") lost();
    };
    for (const key of keys) key.disabled = false;
    state("Connected. Speak when you like.");
  }

  /** Our side is closed at once; with `tell` the server ends the call, even if the network keeps that from the model. */
  function release({ connection, microphone, address }: Call, tell: boolean): void {
    for (const track of microphone.getTracks()) track.stop();
    connection.close();
    if (tell && address) void fetch(address, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }

  function end(words: string, tell: boolean): void {
    const ending = current;
    current = undefined;
    for (const key of keys) key.disabled = true;
    hangUpButton.disabled = true;
    callButton.disabled = false;
    state(words);
    if (!ending) return;
    release(ending, tell);
    const id = ending.address?.split("/").pop();
    if (!id) return;
    element<HTMLAnchorElement>("report").href = `/report/${id}`;
    element("kept").hidden = false;
  }

  const inWords = (error: unknown): string => (error instanceof Error ? error.message : "Something failed; try again.");

  callButton.onclick = () => {
    callButton.disabled = true;
    fault("");
    state("Calling…");
    dial().catch((error: unknown) => {
      end("Not in a call.", true);
      fault(inWords(error));
    });
  };
  hangUpButton.onclick = () => end("You have hung up.", true);
  mute.onchange = () => {
    for (const track of current?.microphone.getTracks() ?? []) track.enabled = !mute.checked;
  };
  for (const key of keys)
    key.onclick = () => {
      const address = current?.address;
      if (!address) return;
      fault("");
      post(`${address}/digits`, "application/json", JSON.stringify({ digit: key.value })).catch((error: unknown) =>
        fault(inWords(error)),
      );
    };
  window.addEventListener("pagehide", () => {
    if (current) release(current, true);
  });
}
