/**
 * The voice line of a conversation: at most one session at a time. Another is opened beside the running one, which our server ends once the
 * other is watched, and takes its place once it is up: a change of model costs a breath.
 */
import type { Microphone } from "./microphone.ts";
import type { Choice, Happening, VoiceArgs, VoiceSession } from "./voice-session.ts";

export interface Line {
  /** The session that is up. */
  readonly session: VoiceSession | undefined;
  /** Changes whenever somebody opens or closes: whoever waited in between is no longer wanted. */
  readonly wish: number;
  /**
   * Opens a session with a model and puts it in the place of the running one. Rejects in words and leaves the running one, if our server has
   * not ended it by then; `cause` is "overtaken" when the line was opened or closed by somebody else meanwhile.
   */
  open(choice: Choice, sessionId: string, withinMs: number): Promise<VoiceSession>;
  close(): void;
}

export interface LineArgs {
  readonly openVoice: (args: VoiceArgs) => Promise<VoiceSession>;
  readonly post: VoiceArgs["post"];
  readonly player: HTMLAudioElement;
  readonly microphone: Pick<Microphone, "track">;
  /** Of the session that is up; what others say is not heard. */
  readonly happened: (session: VoiceSession, happening: Happening) => void;
  /** The browser plays nothing before the person has asked for it. */
  readonly blocked: () => void;
}

export function voiceLine({ openVoice, post, player, microphone, happened, blocked }: LineArgs): Line {
  let session: VoiceSession | undefined;
  let wish = 0;
  let opening = 0;

  /** The running session's end is news only while no other is on its way. */
  function heard(which: VoiceSession, happening: Happening): void {
    if (which !== session) return;
    const over = happening.kind === "ended" || happening.kind === "lost";
    if (over && opening > 0) {
      which.close();
      session = undefined;
    } else happened(which, happening);
  }

  function play(sound: MediaStream): void {
    player.srcObject = sound;
    player.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") blocked();
    });
  }

  return {
    get session() {
      return session;
    },
    get wish() {
      return wish;
    },
    async open(choice, sessionId, withinMs) {
      const mine = ++wish;
      opening++;
      const fresh = await openVoice({
        address: `/api/realtime/calls?choice=${choice}&sessionId=${sessionId}`,
        post,
        track: microphone.track,
        withinMs,
        happened: heard,
      }).finally(() => opening--);
      if (mine !== wish) {
        fresh.close();
        throw new Error("Another session was asked for meanwhile.", { cause: "overtaken" });
      }
      // The microphone may have been ticked, or changed, while the session was opening.
      await fresh.listen(microphone.track ?? null);
      session?.close();
      session = fresh;
      play(fresh.sound);
      return fresh;
    },
    close() {
      wish++;
      session?.close();
      session = undefined;
      player.srcObject = null;
    },
  };
}
