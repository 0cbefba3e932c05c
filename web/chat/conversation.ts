/**
 * The conversation: each message, typed or spoken, is routed by our server and answered by the model it names, over the voice line or, when
 * nobody wants to talk or listen, in writing. The server keeps what is said, so that a session or a turn that follows knows it.
 */
import type { Refusal } from "../connection/connection.ts";
import type { Costs } from "./costs.ts";
import type { Decision } from "./decision.ts";
import type { Line, LineArgs } from "./line.ts";
import type { Notices, Remedy } from "./notices.ts";
import type { Recovery, RecoveryArgs } from "./recovery.ts";
import type { NextStep, Told } from "./refusals.ts";
import type { Thread, Turn } from "./thread.ts";
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
  /** What is said from now on belongs to another session, which knows what was said last. */
  goOn(): void;
  /** Goes on with a session of before, as the server has kept it. */
  resume(sessionId: string): Promise<void>;
  /** The page goes: nobody waits for an answer. */
  leave(): void;
}

export interface ConversationArgs {
  readonly voiceLine: (args: Pick<LineArgs, "happened">) => Line;
  readonly thread: Thread;
  readonly talk: Transcript;
  readonly cost: Costs;
  readonly notices: Notices;
  readonly decided: (decision: Decision, note?: string) => void;
  readonly wantsVoice: () => boolean;
  /** How things stand while nothing happens, as words. */
  readonly resting: (session: VoiceSession | undefined) => string;
  /** A session came or went; without one nobody listens any more. */
  readonly changed: (session: VoiceSession | undefined) => void;
  /** Takes a message back that could not be sent. */
  readonly returned: (message: string) => void;
  /** What went wrong, for the person; and the step they chose of it. */
  readonly inWords: (error: unknown) => Told;
  readonly remedy: (next: NextStep) => Remedy;
  readonly recovery: (args: RecoveryArgs) => Recovery;
}

export function conversation(args: ConversationArgs): Conversation {
  const { thread, talk, cost, notices, decided, wantsVoice, resting, changed, returned, inWords } = args;
  const openWithinMs = 20_000;
  /** The person waits in a live conversation, and the model at hand can answer too. */
  const changeWithinMs = 8_000;
  /** A model's cached input lives some five minutes (OpenAI docs, "Prompt caching"); while it does, leaving a session throws it away. */
  const cachedMs = 300_000;
  /** What is shown of speech until its words are known. */
  const unheard = "(spoken)";
  const ended = "The session has ended; your next message opens another.";

  const line = args.voiceLine({ happened });
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
    if (error instanceof Error && error.cause === "overtaken") return;
    changed(line.session);
    rest();
    const { words, next } = inWords(error);
    notices.fault(words, next && args.remedy(next));
  }

  /** The model to go on with: up at once, down only when leaving throws nothing away. */
  function worth(running: VoiceSession | undefined, choice: Choice): Choice {
    return running?.choice === "strong" && performance.now() - lastSaidMs < cachedMs ? "strong" : choice;
  }

  async function open(choice: Choice, withinMs: number): Promise<void> {
    spoke = true;
    const session = await line.open(thread.callAddress(choice), withinMs).catch((error: Error) => {
      // What the voice models cannot do now, those for writing may; and what is asked of them here is no message of the person's.
      const { status = 0 } = (error.cause ?? {}) as Partial<Refusal>;
      throw status === 422 || status >= 500 ? new Error(inWords(error).words, { cause: "voice" }) : error;
    });
    if (session.choice !== choice)
      notices.fault(`The ${choice} model takes no sessions just now, so the ${session.choice} model answers.`);
    changed(session);
    rest();
  }

  /** Has the right model answer the message; what the session that is up has `heard` it is answering by itself. */
  async function answer(message: string, decision: Decision, came: "typed" | "spoken", heard = false): Promise<void> {
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
      running.ask(came);
      return;
    }
    notices.state(running ? `Changing to the ${choice} model…` : "Connecting…");
    // An answer to something else stops at once; one to what was just spoken goes on until the better one can begin.
    if (!heard) running?.hush();
    try {
      await open(choice, running ? changeWithinMs : openWithinMs);
      // The new model knows the message, and perhaps some words of an answer after it, which it must not take for the whole.
      if (heard && running?.begun) line.session?.tell(newItemId(), message);
      line.session?.ask(came);
    } catch (error) {
      if (!running || (error as Error).cause === "overtaken") throw error;
      const survived = line.session === running;
      // Another session of the same model knows all that was said; the one at hand has not heard the last message.
      if (!survived) await open(running.choice, openWithinMs);
      else if (!heard) running.tell(newItemId(), message);
      // What it has heard it is answering, or has answered.
      if (!survived || !heard) line.session?.ask(came);
      notices.fault(`The ${choice} model cannot be reached, so the ${running.choice} model answers.`);
      rest();
    }
  }

  async function write(message: string, itemId: string): Promise<void> {
    notices.state("Thinking…");
    const { answer, decision } = await thread.write(message, itemId);
    show(answer);
    if (decision) decided(decision);
    void cost.refresh(thread.begin());
    rest();
  }

  const show = ({ id, persona, content, model, choice }: Turn): void =>
    talk.say({ who: persona, id, words: content, ...(model && choice ? { by: named({ model, choice }) } : {}) });

  /** An id for an item of ours, as the service would give one: at most 32 characters. */
  const newItemId = (): string =>
    `item_${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

  async function send(message: string): Promise<void> {
    const id = unanswered?.message === message ? unanswered.id : newItemId();
    talk.say({ who: "human", id, words: message });
    try {
      if (wantsVoice()) await answer(message, await thread.route(message, id), "typed");
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
    if (said !== thread.chapter) return;
    const decision = await thread.route(words, id);
    // A later turn is routed with this one before it; and a session that has come meanwhile has not heard this one.
    if (line.session && lastSpoken === id) await answer(words, decision, "spoken", line.session === by);
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
        void inTurn(understood.bind(undefined, session, happening.id, happening.words, thread.chapter));
        break;
      case "answering":
        talk.grow({ who: "assistant", id: happening.id, words: happening.words, by: named(session) });
        break;
      case "answered":
      case "stopped":
        lastSaidMs = performance.now();
        talk.finish(happening.id, happening.kind === "answered" ? "whole" : "stopped");
        if (thread.id) void cost.refresh(thread.id, happening.id);
        break;
      case "interrupted":
        notices.state("The network stutters; waiting for it…");
        break;
      case "lost":
        void lost(session);
        break;
      case "ended":
        stop(ended);
        void over();
        break;
    }
  }

  const { lost, ended: over } = args.recovery({
    line,
    open: ({ choice }) => open(choice, openWithinMs),
    whyEnded: thread.whyEnded,
    state: notices.state,
    failed,
  });

  function stop(words: string): void {
    line.close();
    changed(undefined);
    notices.state(words);
  }

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
      const id = spoke ? thread.id : undefined;
      stop(words);
      return inTurn(async () => {
        if (id) await thread.end(id);
      });
    },
    forget() {
      thread.forget();
      unanswered = undefined;
      spoke = false;
      talk.clear();
      cost.clear();
    },
    goOn() {
      thread.goOn();
      spoke = false;
      cost.clear();
    },
    resume: (id) =>
      inTurn(async () => {
        for (const turn of await thread.resume(id)) show(turn);
        void cost.refresh(id);
      }),
    leave() {
      if (line.session) thread.leave();
      stop(ended);
    },
  };
}
