/** The thread of a conversation: the session at our server to which its messages belong, and what the server says to each. */
import type { Refusal } from "../connection/connection.ts";
import type { Decision } from "./decision.ts";
import type { Dial } from "./dial.ts";
import type { Server } from "./server.ts";
import type { Speaker } from "./transcript.ts";
import type { Choice } from "./voice-session.ts";

/** Something said, as the server keeps it. */
export interface Turn {
  readonly id: string;
  readonly persona: Speaker;
  readonly content: string;
  readonly model?: string;
  readonly choice?: Choice;
}

/** Rejects as requests of the server do; `cause` is "overtaken" when another conversation has begun meanwhile. */
export interface Thread {
  /** Of the session; undefined while nothing was said. */
  readonly id: string | undefined;
  /** Counts conversations: what was said in one before must not become part of this. */
  readonly chapter: number;
  /** The session's id, made with the first thing said: a message that is sent again belongs to the same one. */
  begin(): string;
  /** What is said from now on belongs to another session, which knows nothing of this one. */
  forget(): void;
  /** The same, but the other session knows what was said last in this one. */
  goOn(): void;
  /** Where a voice session is opened. */
  callAddress(choice: Choice): string;
  /** Goes on with a session of before, if it is there still; what was said in it, oldest first. */
  resume(sessionId: string): Promise<readonly Turn[]>;
  /** Which model answers, and why. The server keeps the message. */
  route(message: string, itemId: string): Promise<Decision>;
  /** An answer in writing. One that was made before, and lost on its way here, comes without why it was made so. */
  write(message: string, itemId: string): Promise<{ readonly answer: Turn; readonly decision?: Decision }>;
  /** Why the newest voice connection ended; undefined while the server does not know. */
  whyEnded(): Promise<string | undefined>;
  /** Has the server hang up. The connection is closed here in any case, so that it cannot be told is no fault of what comes next. */
  end(sessionId: string): Promise<void>;
  /** The same for this session, while the page goes. */
  leave(): void;
}

export interface ThreadArgs {
  readonly server: Server;
  readonly dial: Pick<Dial, "turned">;
  /** The session that a page opened anew goes on with; undefined for none. */
  readonly kept: (sessionId: string | undefined) => void;
}

export function thread({ server, dial, kept }: ThreadArgs): Thread {
  let id: string | undefined;
  /** The session that this one goes on from. */
  let continued: string | undefined;
  let chapter = 0;
  const address = (sessionId: string): string => `/api/chat/sessions/${sessionId}`;

  const refusalOf = (error: unknown): Partial<Refusal> => ((error as Error).cause ?? {}) as Partial<Refusal>;

  function go(on: string | undefined): void {
    id = on;
    kept(on);
  }

  function begin(): string {
    const known = id ?? crypto.randomUUID();
    if (!id) go(known);
    return known;
  }

  function turnOver(from: string | undefined): void {
    chapter++;
    continued = from;
    go(undefined);
  }

  const place = (): { readonly sessionId: string; readonly continues?: string } => ({
    sessionId: begin(),
    ...(continued ? { continues: continued } : {}),
  });

  async function during<Answer>(ask: () => Promise<Response>): Promise<Answer> {
    const mine = chapter;
    const answer = (await (await ask()).json()) as Answer;
    if (mine !== chapter) throw new Error("Another conversation has begun meanwhile.", { cause: "overtaken" });
    return answer;
  }

  function about<Answer>(where: string, message: object): Promise<Answer> {
    const body = { ...message, ...place(), ...(dial.turned ? { dial: dial.turned } : {}) };
    return during(() => server.post(where, "application/json", JSON.stringify(body)));
  }

  const read = (sessionId: string): Promise<{ readonly turns: readonly Turn[]; readonly endedBy?: string }> =>
    during(() => server.request(address(sessionId)));

  return {
    get id() {
      return id;
    },
    get chapter() {
      return chapter;
    },
    begin,
    forget: () => turnOver(undefined),
    // Where nothing was said yet, there is only what this one goes on from.
    goOn: () => turnOver(id ?? continued),
    callAddress: (choice) => `/api/realtime/calls?${new URLSearchParams({ choice, ...place() })}`,
    async resume(sessionId) {
      try {
        const { turns } = await read(sessionId);
        go(sessionId);
        return turns;
      } catch (error) {
        // Nothing was kept of it, or somebody else sits here now.
        if (![403, 404].includes(refusalOf(error).status ?? 0)) throw error;
        go(undefined);
        return [];
      }
    },
    route: (message, itemId) => about("/api/ModelRouter", { message, itemId, medium: "audio" }),
    async write(message, itemId) {
      try {
        const written = await about<Decision & { answer: string; itemId: string }>("/api/chat/turns", { message, itemId });
        const { model, choice } = written;
        return {
          answer: { id: written.itemId, persona: "assistant", content: written.answer, model, choice },
          decision: written,
        };
      } catch (error) {
        if (refusalOf(error).code !== "answered-already") throw error;
        const { turns } = await read(begin());
        const answer = turns.find((each) => each.id === `${itemId}-answer`);
        if (!answer) throw error;
        return { answer };
      }
    },
    whyEnded: async () => (id === undefined ? undefined : (await read(id)).endedBy),
    end: async (sessionId) => void (await server.request(`${address(sessionId)}/end`, { method: "POST" }).catch(() => undefined)),
    leave() {
      if (id) void fetch(`${address(id)}/end`, { method: "POST", keepalive: true }).catch(() => undefined);
    },
  };
}
