/**
 * The chat page in the browser: asks the router which model answers, opens a WebRTC session with it through our server, and shows what is said.
 * Served as the text of this one function, so it uses nothing from outside itself but the browser. The browser holds no key.
 */
export function chat(): void {
  const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
  const state = element("state");
  const end = element<HTMLButtonElement>("end");
  const field = element<HTMLTextAreaElement>("message");
  let session: { id: string; choice: string; connection: RTCPeerConnection; channel: RTCDataChannel } | undefined;
  let sessionId: string | undefined;
  const spoken = new Map<string, HTMLElement>();

  function say(who: "human" | "assistant", id: string, text: string, whole: boolean): void {
    let line = spoken.get(id);
    if (!line) {
      line = document.createElement("li");
      line.className = who;
      element("talk").append(line);
      spoken.set(id, line);
    }
    line.textContent = whole ? text : (line.textContent ?? "") + text;
  }

  function show(decision: Record<string, unknown>): void {
    const facts: [string, string][] = [
      ["Answers", `${String(decision.model)} (${String(decision.choice)})`],
      ["Because", (decision.reasons as string[]).join("; ")],
      ["Score", `${String(decision.score)}, sure to ${String(decision.confidence)}`],
      ["Saves", `${Math.round(Number(decision.expectedSaving) * 100)} % of the strong model's audio price`],
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

  async function post(address: string, type: string, body: string): Promise<Response> {
    const response = await fetch(address, { method: "POST", headers: { "content-type": type }, body });
    if (response.ok) return response;
    const { error } = (await response.json()) as { error: { message: string; details: string[] } };
    throw new Error([error.message, ...error.details].join(" "));
  }

  function heard(event: Record<string, unknown>): void {
    const item = String(event.item_id ?? event.response_id ?? "");
    if (event.type === "response.output_audio_transcript.delta" || event.type === "response.output_text.delta")
      say("assistant", item, String(event.delta), false);
    if (event.type === "conversation.item.input_audio_transcription.completed")
      say("human", item, String(event.transcript), true);
    if (event.type === "error") state.textContent = "The model reported an error; send the message again.";
  }

  async function microphone(): Promise<MediaStream | undefined> {
    if (!element<HTMLInputElement>("microphone").checked) return undefined;
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    } catch {
      throw new Error(
        "The microphone is not available: allow it for this page in the browser's settings, or untick it and type.",
      );
    }
  }

  async function open(address: string, id: string, choice: string): Promise<void> {
    const stream = await microphone();
    const connection = new RTCPeerConnection();
    const channel = connection.createDataChannel("oai-events");
    if (stream) for (const track of stream.getTracks()) connection.addTrack(track, stream);
    else connection.addTransceiver("audio", { direction: "recvonly" });
    connection.ontrack = ({ streams }) => {
      element<HTMLAudioElement>("voice").srcObject = streams[0] ?? null;
    };
    connection.onconnectionstatechange = () => {
      state.textContent = `The session is ${connection.connectionState}.`;
      if (connection.connectionState === "failed") close();
    };
    channel.onmessage = ({ data }) => heard(JSON.parse(String(data)) as Record<string, unknown>);
    session = { id, choice, connection, channel };
    end.disabled = false;
    await connection.setLocalDescription();
    const answer = await post(address, "application/sdp", connection.localDescription?.sdp ?? "");
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    if (channel.readyState !== "open")
      await new Promise<void>((resolve) => {
        channel.onopen = () => resolve();
      });
  }

  function close(): void {
    for (const sender of session?.connection.getSenders() ?? []) sender.track?.stop();
    session?.connection.close();
    session = undefined;
    end.disabled = true;
    state.textContent = "Not connected.";
  }

  async function send(message: string): Promise<void> {
    const response = await post(
      "/api/ModelRouter",
      "application/json",
      JSON.stringify({ message, ...(sessionId ? { sessionId } : {}) }),
    );
    const decision = (await response.json()) as Record<string, unknown>;
    sessionId = String(decision.sessionId);
    show(decision);
    say("human", crypto.randomUUID(), message, true);
    if (session && session.choice !== decision.choice) close();
    if (!session) {
      const address = new URL(String(decision.webrtcEndpoint));
      await open(address.pathname + address.search, sessionId, String(decision.choice));
    }
    session?.channel.send(
      JSON.stringify({
        type: "conversation.item.create",
        item: { type: "message", role: "user", content: [{ type: "input_text", text: message }] },
      }),
    );
    session?.channel.send(JSON.stringify({ type: "response.create" }));
  }

  element<HTMLFormElement>("ask").onsubmit = (event) => {
    event.preventDefault();
    const message = field.value.trim();
    if (!message) return;
    field.value = "";
    state.textContent = "Asking…";
    send(message).catch((error: unknown) => {
      close();
      state.textContent = error instanceof Error ? error.message : "Something failed; send the message again.";
    });
  };
  end.onclick = close;
}
