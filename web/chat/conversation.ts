/**
 * The conversation: each message, typed or spoken, is routed by our server and answered by the model it names, over the voice line or, when
 * nobody wants to talk or listen, in writing. The server keeps what is said, so that a session or a turn that follows knows it.
 */
import type { Costs } from "./costs.ts";
import type { Decision } from "./decision.ts";
import type { Dial } from "./dial.ts";
import type { Line, LineArgs } from "./line.ts";
import type { Notices } from "./notices.ts";
import type { Server } from "./server.ts";
import type { Transcript } from "./transcript.ts";
import type { Choice, Happening, VoiceSession } from "./voice-session.ts";

export interface Conversation {
  /** A session is up. */
  readonly connected: boolean;
  /** Resolves when the message has been answered or was given back to `returned`. */
  send(message: string): Promise<void>;
  /** Opens a session for whoever begins by speaking. */
  listen(): Promise<void>;
  /** What the model hears from now on. */
  hear(track: MediaStreamTrack | null): Promise<void>;
  /** Ends what is open here and at the server. */
  hangUp(words: string): Promise<void>;
  /** What is said from now on belongs to another session, which knows nothing of this one. */
  forget(): void;
  /** The page goes: nobody waits for an answer. */
  leave(): void;
}

export interface ConversationArgs {
  readonly voiceLine: (args: Pick<LineArgs, "happened">) => Line;
  readonly server: Server;
  readonly talk: Transcript;
  readonly cost: Costs;
  readonly dial: Pick<Dial, "turned">;
  readonly notices: Notices;
  readonly decided: (decision: Decision, note?: string) => void;
  readonly wantsVoice: () => boolean;
  /** How things stand while nothing happens, as words. */
  readonly resting: (session: VoiceSession | undefined) => string;
  /** A session came or went; without one nobody listens any more. */
  readonly changed: (session: VoiceSession | undefined) => void;
  /** Takes a message back that could not be sent. */
  readonly returned: (message: string) => void;
  /** Gives voice up, or begins a new conversation, and sends again what was taken back. */
  readonly goOnInWriting: () => void;
  readonly beginAnew: () => void;
}

export function conversation(args: ConversationArgs): Conversation {
  const { voiceLine, server, talk, cost, dial, notices, decided, wantsVoice, resting, changed, returned } = args;
  const openWithinMs = 20_000;
  /** The person waits in a live conversation, and the model at hand can answer too. */
  const changeWithinMs = 8_000;
  /** A model's cached input lives some five minutes (OpenAI docs, "Prompt caching"); while it does, leaving a session throws it away. */
  const cachedMs = 300_000;
  const reconnectAfterMs = [0, 2_000, 5_000];
  /** What is shown of speech until its words are known. */
  const unheard = "(spoken)";
  const ended = "The session has ended; your next message opens another.";
  const endedBy: Readonly<Record<string, string>> = {
    time: "The session has reached its longest time; your next message opens another.",
    budget: "The session's budget is used up; begin a new conversation.",
    abuse: "The session was ended by a safeguard, since it was used in ways a conversation is not; begin a new conversation.",
  };

  const line = voiceLine({ happened });
  let sessionId: string | undefined;
  /** Counts conversations: what was said in one before must not become part of this. */
  let chapter = 0;
  /** This conversation has had a voice session, of which the server may have a call left. */
  let spoke = false;
  let lastSaidMs = 0;
  let lastSpoken = "";
  /** What was sent and not answered: sent again, it is the same message to the server. */
  let unanswered: { readonly id: string; readonly message: string } | undefined;
  let work: Promise<void> = Promise.resolve();

  const rest = (): void => notices.state(resting(line.session));
  const named = ({ model, choice }: Pick<Decision, "model" | "choice">): string => `${model} (${choice})`;

  /** One thing after the other; what goes wrong is said in words. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    work = work.then(act).catch(failed);
    return work;
  }

  function failed(error: unknown): void {
    const { cause, message } = error instanceof Error ? error : new Error("Something failed; try again.");
    if (cause === "overtaken") return;
    changed(line.session);
    rest();
    if (cause === "voice")
      notices.fault(`${message} Writing works without it.`, { name: "Go on in writing", act: args.goOnInWriting });
    else if (cause === 402)
      notices.fault("The budget of this conversation is used up; another one has its own.", {
        name: "Begin another conversation",
        act: args.beginAnew,
      });
    else notices.fault(message);
  }

  /** Asks something about a message in this session, which the server makes with the first. */
  async function about<Answer extends Decision>(address: string, body: object): Promise<Answer> {
    const mine = chapter;
    const whole = { ...body, ...(sessionId ? { sessionId } : {}), ...(dial.turned ? { dial: dial.turned } : {}) };
    const answer = (await (await server.post(address, "application/json", JSON.stringify(whole))).json()) as Answer;
    if (mine !== chapter) throw new Error("Another conversation has begun meanwhile.", { cause: "overtaken" });
    sessionId = answer.sessionId;
    return answer;
  }

  /** Which model answers, and why. The server keeps the message. */
  const route = (message: string, itemId: string): Promise<Decision> =>
    about("/api/ModelRouter", { message, itemId, medium: "audio" });

  /** The model to go on with: up at once, down only when leaving throws nothing away. */
  function worth(running: VoiceSession | undefined, choice: Choice): Choice {
    return running?.choice === "strong" && performance.now() - lastSaidMs < cachedMs ? "strong" : choice;
  }

  async function open(choice: Choice, withinMs: number): Promise<void> {
    sessionId ??= crypto.randomUUID();
    spoke = true;
    const session = await line.open(choice, sessionId, withinMs).catch((error: Error) => {
      // What the voice models cannot do now, those for writing may.
      throw typeof error.cause === "number" && error.cause >= 500 ? new Error(error.message, { cause: "voice" }) : error;
    });
    if (session.choice !== choice)
      notices.fault(`The ${choice} model takes no sessions just now, so the ${session.choice} model answers.`);
    changed(session);
    rest();
  }

  /** Has the right model answer the message; what the session that is up has `heard` it is answering by itself. */
  async function answer(message: string, decision: Decision, heard: boolean): Promise<void> {
    const running = line.session;
    const choice = worth(running, decision.choice);
    lastSaidMs = performance.now();
    if (running && choice !== decision.choice)
      decided(
        { ...decision, choice, model: running.model },
        "the strong model stays: leaving it now would throw away what it has read",
      );
    else decided(decision);
    if (running?.choice === choice) {
      if (heard) return;
      running.hush();
      running.tell(newItemId(), message);
      running.ask();
      return;
    }
    notices.state(running ? `Changing to the ${choice} model…` : "Connecting…");
    running?.hush();
    try {
      await open(choice, running ? changeWithinMs : openWithinMs);
      // The new model knows the message, and perhaps some words of an answer after it, which it must not take for the whole.
      if (heard && running?.begun) line.session?.tell(newItemId(), message);
      // Whoever speaks right now is answered when they have finished, to all that was said.
      if (!line.session?.hearing) line.session?.ask();
    } catch (error) {
      if (!running || (error as Error).cause === "overtaken") throw error;
      // Another session of the same model knows all that was said; the one at hand has not heard the last message.
      if (line.session && !heard) line.session.tell(newItemId(), message);
      if (!line.session) await open(running.choice, openWithinMs);
      line.session?.ask();
      notices.fault(`The ${choice} model cannot be reached, so the ${running.choice} model answers. ${(error as Error).message}`);
      rest();
    }
  }

  async function write(message: string, itemId: string): Promise<void> {
    notices.state("Thinking…");
    const asked = { message, itemId };
    const written = await about<Decision & { readonly answer: string; readonly itemId: string }>("/api/chat/turns", asked);
    talk.say({ who: "assistant", id: written.itemId, words: written.answer, by: named(written) });
    decided(written);
    void cost.refresh(written.sessionId);
    rest();
  }

  /** An id for an item of ours, as the service would give one: at most 32 characters. */
  const newItemId = (): string =>
    `item_${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

  async function send(message: string): Promise<void> {
    const id = unanswered?.message === message ? unanswered.id : newItemId();
    talk.say({ who: "human", id, words: message });
    try {
      if (wantsVoice()) await answer(message, await route(message, id), false);
      else await write(message, id);
      unanswered = undefined;
    } catch (error) {
      unanswered = { id, message };
      talk.drop(id);
      returned(message);
      throw error;
    }
  }

  /** What was spoken is answered by the running model at once, and by a better one if it turns out to need it. */
  async function understood(by: VoiceSession, id: string, words: string, said: number): Promise<void> {
    if (said !== chapter) return;
    const decision = await route(words, id);
    // A later turn is routed with this one before it; and a session that has come meanwhile has not heard this one.
    if (line.session && lastSpoken === id) await answer(words, decision, line.session === by);
  }

  function happened(session: VoiceSession, happening: Happening): void {
    switch (happening.kind) {
      case "hearing":
        notices.state("Hearing you…");
        break;
      case "heard":
      case "resumed":
        rest();
        break;
      case "spoken":
        lastSpoken = happening.id;
        talk.say({ who: "human", id: happening.id, words: unheard });
        break;
      case "understood":
        if (!happening.words) break;
        talk.say({ who: "human", id: happening.id, words: happening.words });
        void inTurn(understood.bind(undefined, session, happening.id, happening.words, chapter));
        break;
      case "answering":
        talk.grow({ who: "assistant", id: happening.id, words: happening.words, by: named(session) });
        break;
      case "answered":
      case "stopped":
        lastSaidMs = performance.now();
        talk.finish(happening.id, happening.kind === "answered" ? "whole" : "stopped");
        if (sessionId) void cost.refresh(sessionId, happening.id);
        break;
      case "interrupted":
        notices.state("The network stutters; waiting for it…");
        break;
      case "lost":
        void reconnect(session);
        break;
      case "ended":
        void over();
        break;
    }
  }

  /** The service takes no second offer for a session, so a lost one is followed by another, which the server tells what was said. */
  async function reconnect({ choice, answering }: VoiceSession): Promise<void> {
    line.close();
    let { wish } = line;
    let why: unknown;
    for (const afterMs of reconnectAfterMs) {
      notices.state(
        navigator.onLine
          ? "The connection was lost; reconnecting…"
          : "You are offline; the conversation goes on when you are back.",
      );
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (!navigator.onLine) await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
      if (line.wish !== wish) return;
      try {
        await open(choice, openWithinMs);
        if (answering && !line.session?.hearing) line.session?.ask();
        return;
      } catch (error) {
        if ((error as Error).cause === "overtaken") return;
        why = error;
        wish = line.wish;
      }
    }
    failed(why);
  }

  function stop(words: string): void {
    line.close();
    changed(undefined);
    notices.state(words);
  }

  /** The other side has ended the session; the server knows why, as soon as its bridge has kept it. */
  async function over(): Promise<void> {
    stop(ended);
    const { wish } = line;
    for (const afterMs of [0, 500, 2_000]) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const answered = await server.request(`/api/chat/sessions/${sessionId}`).catch(() => undefined);
      const { endedBy: by } = ((await answered?.json()) ?? {}) as { readonly endedBy?: string };
      if (line.wish !== wish) return;
      if (by === undefined) continue;
      notices.state(endedBy[by] ?? ended);
      return;
    }
  }

  const endingOf = (id: string): string => `/api/chat/sessions/${id}/end`;

  return {
    get connected() {
      return line.session !== undefined;
    },
    send: (message) => inTurn(() => send(message)),
    listen: () =>
      inTurn(async () => {
        if (line.session) return;
        notices.state("Connecting…");
        await open("cheap", openWithinMs);
      }),
    async hear(track) {
      await line.session?.listen(track);
      if (line.session) rest();
    },
    hangUp(words) {
      const id = spoke ? sessionId : undefined;
      stop(words);
      return inTurn(async () => {
        // The connection is closed in any case; that the server cannot be told is no fault of what comes next.
        if (id) await server.request(endingOf(id), { method: "POST" }).catch(() => undefined);
      });
    },
    forget() {
      chapter++;
      unanswered = undefined;
      sessionId = undefined;
      spoke = false;
      talk.clear();
      cost.clear();
    },
    leave() {
      if (line.session && sessionId) void fetch(endingOf(sessionId), { method: "POST", keepalive: true }).catch(() => undefined);
      stop(ended);
    },
  };
}
