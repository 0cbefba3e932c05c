/** What follows on a session that is gone: another one where the network lost it, and the reason in words where the other side ended it. */
import type { Refusal } from "../connection/connection.ts";
import type { Line } from "./line.ts";
import type { VoiceSession } from "./voice-session.ts";

export interface Recovery {
  /**
   * The service takes no second offer for a session, so a lost one is followed by another, which the server tells what was said. What the server
   * refuses is not asked again, unless it is a matter of time.
   */
  lost(session: VoiceSession): Promise<void>;
  /** The server knows why a session was ended, as soon as its bridge has kept it. */
  ended(): Promise<void>;
}

export interface RecoveryArgs {
  readonly line: Line;
  readonly open: (session: VoiceSession) => Promise<void>;
  readonly whyEnded: () => Promise<string | undefined>;
  readonly state: (words: string) => void;
  readonly failed: (error: unknown) => void;
}

export function recovery({ line, open, whyEnded, state, failed }: RecoveryArgs): Recovery {
  const reconnectAfterMs = [0, 2_000, 5_000];
  const askWhyAfterMs = [0, 500, 2_000];
  const reasons: Readonly<Record<string, string>> = {
    time: "The session has reached its longest time; your next message opens another.",
    budget: "The session's budget, or the day's, is used up; your next message tells how to go on.",
    abuse: "The session was ended by a safeguard, since it was used in ways a conversation is not; begin a new conversation.",
  };
  const isFinal = (error: unknown): boolean => {
    const { status = 0 } = ((error as Error).cause ?? {}) as Partial<Refusal>;
    return status >= 400 && status < 500 && status !== 429;
  };
  const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  return {
    async lost(session) {
      line.close();
      let { wish } = line;
      let why: unknown;
      for (const afterMs of reconnectAfterMs) {
        state(
          navigator.onLine
            ? "The connection was lost; reconnecting…"
            : "You are offline; the conversation goes on when you are back.",
        );
        await after(afterMs);
        if (!navigator.onLine) await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
        if (line.wish !== wish) return;
        try {
          await open(session);
          if (session.answering) line.session?.ask("spoken");
          return;
        } catch (error) {
          if ((error as Error).cause === "overtaken") return;
          why = error;
          if (isFinal(error)) break;
          wish = line.wish;
        }
      }
      failed(why);
    },
    async ended() {
      const { wish } = line;
      for (const afterMs of askWhyAfterMs) {
        await after(afterMs);
        const by = await whyEnded().catch(() => undefined);
        if (line.wish !== wish) return;
        if (by === undefined) continue;
        const reason = reasons[by];
        if (reason) state(reason);
        return;
      }
    },
  };
}
