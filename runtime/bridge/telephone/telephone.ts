/** The phone's side of a call: whatever carries it, sound and digits come in, sound goes out. */
import type { Audio } from "../audio.ts";

export type TelephoneEvent =
  | { readonly kind: "audio"; readonly audio: Audio }
  /** A key of the keypad: 0 to 9, *, # or A to D. */
  | { readonly kind: "digit"; readonly digit: string }
  /** The sound is gone, the call itself may not be: `resumed` or `closed` follows. What was sent and not played is lost. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "resumed" }
  /** The caller or the network ended it; nothing follows. */
  | { readonly kind: "closed" };

export interface Telephone {
  /** Reports from now on; called once. */
  listen(report: (event: TelephoneEvent) => void): void;
  /** Plays after everything sent before. */
  play(audio: Audio): void;
  /** Forgets what was sent and not played yet. */
  stop(): void;
  /** Ends the call for everyone. */
  hangUp(): Promise<void>;
  /** Hands the caller over to a number (E.164); rejects when the network refuses. */
  transfer(to: string): Promise<void>;
  /** Lets go of the sound; the call itself is not ended. */
  close(): void;
  /** Present when the carrier can hold the caller and ring a second person. */
  readonly warm?: WarmLine;
}

/** The steps of a warm transfer; each rejects when the network refuses. What becomes of the invitation arrives as news (calls/news.ts). */
export interface WarmLine {
  /** The caller hears hold music, and neither the assistant nor the person invited. */
  hold(): Promise<void>;
  unhold(): Promise<void>;
  /** Rings a second person (E.164) into the call. */
  invite(to: string): Promise<void>;
  /** Takes the invitation back, or sends the person away. */
  dismiss(to: string): Promise<void>;
}
