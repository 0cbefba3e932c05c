/**
 * The voice line of a conversation. Another session is opened beside the running one, which goes on hearing and speaking until the other is up;
 * then the microphone and the loudspeaker change over, and only then does the older end: there is no moment without a live session.
 */
import type { Microphone } from "./microphone.ts";
import type { Happening, VoiceArgs, VoiceSession } from "./voice-session.ts";

export interface Line {
  /** The session that is up. */
  readonly session: VoiceSession | undefined;
  /** Changes whenever somebody opens or closes: whoever waited in between is no longer wanted. */
  readonly wish: number;
  /**
   * Opens a session at an address of our server's and puts it in the place of the running one. Rejects in words and leaves the running one, if that has not
   * ended by itself meanwhile; `cause` is "overtaken" when the line was opened or closed by somebody else meanwhile.
   */
  open(address: string, withinMs: number): Promise<VoiceSession>;
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
  /** For the end of what the person is saying, and for its words to be known. */
  const spokenOutMs = 10_000;
  let session: VoiceSession | undefined;
  let wish = 0;
  let opening = 0;

  const isOver = ({ kind }: Happening): boolean => kind === "ended" || kind === "lost";

  /** The running session's end is news only while no other is on its way. */
  function heard(which: VoiceSession, happening: Happening): void {
    if (which !== session) return;
    if (isOver(happening) && opening > 0) {
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
    async open(address, withinMs) {
      const mine = ++wish;
      opening++;
      let stillborn = false;
      try {
        const fresh = await openVoice({
          address,
          post,
          withinMs,
          happened(which, happening) {
            stillborn ||= isOver(happening);
            heard(which, happening);
          },
        });
        // A model that hears half a sentence answers half of it: what was begun with the older session ends with it.
        await session?.spokenOut(spokenOutMs);
        // The microphone may have been ticked, or changed, while the session was opening.
        await fresh.listen(microphone.track ?? null).catch((error: unknown) => {
          fresh.close();
          throw error;
        });
        if (mine !== wish || stillborn) {
          fresh.close();
          if (mine !== wish) throw new Error("Another session was asked for meanwhile.", { cause: "overtaken" });
          throw new Error("The session ended as soon as it was open.", { cause: "voice" });
        }
        const older = session;
        older?.hush();
        session = fresh;
        play(fresh.sound);
        older?.close();
        return fresh;
      } finally {
        opening--;
      }
    },
    close() {
      wish++;
      session?.close();
      session = undefined;
      player.srcObject = null;
    },
  };
}
