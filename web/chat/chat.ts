/**
 * The chat page in the browser: its controls, coupled with the conversation. The page's script is the text of this function and of its parts
 * (script.ts), so each uses nothing but what it is handed and the browser. The browser holds no key, and reckons no price.
 */
import type { ConnectionTools } from "../connection/connection.ts";
import type { conversation } from "./conversation.ts";
import type { costs } from "./costs.ts";
import type { showDecision } from "./decision.ts";
import type { devices } from "./devices.ts";
import type { DialAnswer, dial } from "./dial.ts";
import type { voiceLine } from "./line.ts";
import type { microphone } from "./microphone.ts";
import type { notices, Remedy } from "./notices.ts";
import type { prose } from "./prose.ts";
import type { recovery } from "./recovery.ts";
import type { inWords, NextStep } from "./refusals.ts";
import type { serverOf } from "./server.ts";
import type { thread } from "./thread.ts";
import type { transcript } from "./transcript.ts";
import type { openVoice } from "./voice-session.ts";

/** What is handed to the page's function. */
export interface ChatParts extends ConnectionTools {
  readonly conversation: typeof conversation;
  readonly costs: typeof costs;
  readonly devices: typeof devices;
  readonly dial: typeof dial;
  readonly inWords: typeof inWords;
  readonly microphone: typeof microphone;
  readonly notices: typeof notices;
  readonly openVoice: typeof openVoice;
  readonly prose: typeof prose;
  readonly recovery: typeof recovery;
  readonly serverOf: typeof serverOf;
  readonly showDecision: typeof showDecision;
  readonly thread: typeof thread;
  readonly transcript: typeof transcript;
  readonly voiceLine: typeof voiceLine;
}

export function chat(parts: ChatParts): void {
  const ended = "The session has ended; your next message opens another.";
  const unconnected = "Not connected.";
  const writing = "Answers come in writing.";

  const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
  const [ask, field] = [element<HTMLFormElement>("ask"), element<HTMLTextAreaElement>("message")];
  const [send, end] = [element<HTMLButtonElement>("send"), element<HTMLButtonElement>("end")];
  const [speak, listen] = [element<HTMLInputElement>("microphone"), element<HTMLInputElement>("aloud")];
  const [mute, player] = [element<HTMLInputElement>("mute"), element<HTMLAudioElement>("voice")];
  let busy = false;

  const { state, fault } = parts.notices(element("state"), element("fault"));
  const visitor = element("chat").dataset.visitor !== undefined;
  const server = parts.serverOf({ asked: parts.asked, visitor });
  const dial = parts.dial({ section: element("dial"), slider: element("dial-at"), promise: element("dial-promise") });
  const mouth = parts.microphone({
    microphoneFault: parts.microphoneFault,
    meter: element("level"),
    silent: (silent) =>
      fault(silent ? "The microphone gives no sound at all: is it switched off, or is another one meant? Choose it below." : ""),
    gone: () => void replug(),
  });
  const plugged = parts.devices({
    microphones: element("microphones"),
    loudspeakers: element("loudspeakers"),
    player,
    changed: () => void useMicrophone(),
    fault,
  });
  const wantsVoice = (): boolean => speak.checked || listen.checked;
  const talk = parts.conversation({
    voiceLine: (args) =>
      parts.voiceLine({
        ...args,
        openVoice: (asked) => parts.openVoice(parts, asked),
        post: server.post,
        player,
        microphone: mouth,
        blocked: () =>
          fault("The browser plays no sound before you ask for it.", {
            name: "Play",
            act: () => void player.play().catch(() => undefined),
          }),
      }),
    // Where the session is kept, it outlives a reload and is nobody's in another tab.
    thread: parts.thread({ server, dial, kept: (sessionId) => history.replaceState({ sessionId }, "") }),
    talk: parts.transcript(element("talk"), parts.prose()),
    cost: parts.costs(element("cost"), server.request),
    notices: { state, fault },
    decided: (decision, note) => parts.showDecision(element("choice"), decision, note),
    wantsVoice,
    resting: (session) => {
      if (session) return `Connected with the ${session.choice} model${speak.checked ? ": speak, or type." : "."}`;
      return wantsVoice() ? unconnected : writing;
    },
    changed(session) {
      end.disabled = !session;
      if (!session) unplug();
    },
    returned(message) {
      if (!field.value) field.value = message;
    },
    inWords: (error) => parts.inWords(error, { visitor, nowMs: Date.now() }),
    remedy: (next) => remedies[next],
    recovery: parts.recovery,
  });
  const remedies: Readonly<Record<NextStep, Remedy>> = {
    "begin anew": {
      name: "Begin a new conversation",
      act() {
        begin();
        sendAgain();
      },
    },
    "go on anew": {
      name: "Go on in a new conversation",
      act() {
        hangUp();
        talk.goOn();
        sendAgain();
      },
    },
    "go on in writing": {
      name: "Go on in writing",
      act() {
        listen.checked = false;
        inWriting();
        sendAgain();
      },
    },
    "leave the dial": { name: "Go on without it", act: () => void showDial().then(sendAgain) },
    reload: { name: "Reload the page", act: () => location.reload() },
    "sign in": { name: "Sign in", act: () => location.assign("/sign-in?back=%2Fchat") },
  };

  /** What could not be sent was given back. */
  function sendAgain(): void {
    if (field.value.trim()) ask.requestSubmit();
  }

  const showDial = (): Promise<void> =>
    server
      .request("/api/chat/dial")
      .then(async (answered) => dial.show((await answered.json()) as DialAnswer))
      // Without the dial the customer's own stand holds; a server that is down is told with the next message.
      .catch(() => undefined);

  function unplug(): void {
    speak.checked = false;
    mouth.close();
    element("sound").hidden = true;
  }

  function inWriting(): void {
    unplug();
    void talk.hangUp(writing);
  }

  const hangUp = (): void => void talk.hangUp(wantsVoice() ? unconnected : writing);

  function begin(): void {
    fault("");
    hangUp();
    talk.forget();
    field.focus();
  }

  /** The microphone was ticked, or another one chosen; answers whether it listens. */
  async function useMicrophone(): Promise<boolean> {
    fault("");
    try {
      const track = await mouth.open(plugged.microphone);
      element("sound").hidden = false;
      await plugged.refresh();
      await talk.hear(track);
      return true;
    } catch (error) {
      unplug();
      await talk.hear(null);
      fault(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  async function replug(): Promise<void> {
    await plugged.refresh();
    if (await useMicrophone()) fault("The microphone was unplugged; the system's own is used instead.");
  }

  ask.onsubmit = (event) => {
    event.preventDefault();
    const message = field.value.trim();
    if (!message || busy) return;
    field.value = "";
    fault("");
    busy = true;
    // Not `disabled`, which would take the focus from who works by keyboard.
    send.ariaDisabled = "true";
    void talk.send(message).then(() => {
      busy = false;
      send.ariaDisabled = null;
    });
  };
  field.onkeydown = (event) => {
    // On glass, Enter is the only way to a new line.
    const isGlass = matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || isGlass) return;
    event.preventDefault();
    ask.requestSubmit();
  };
  speak.onchange = async () => {
    if (speak.checked) {
      if ((await useMicrophone()) && !talk.connected) await talk.listen();
      return;
    }
    unplug();
    if (listen.checked) await talk.hear(null);
    else inWriting();
  };
  listen.onchange = () => {
    player.muted = !listen.checked;
    if (!wantsVoice()) inWriting();
    else if (!talk.connected) state(unconnected);
  };
  mute.onchange = () => mouth.mute(mute.checked);
  end.onclick = () => void talk.hangUp(ended);
  element("fresh").onclick = begin;
  window.addEventListener("pagehide", () => talk.leave());

  void showDial();

  const { sessionId } = (history.state ?? {}) as { readonly sessionId?: string };
  if (sessionId) void talk.resume(sessionId);
}
