/**
 * What went wrong, in words for the person at the page, with the next step. Our server's own words are for programs, which know of sessions and
 * settings; here its code, its status and its `retry-after` say what to tell.
 */
import type { Refusal } from "../connection/connection.ts";

/** What the person can do about it by a button. */
export type NextStep = "begin anew" | "go on anew" | "go on in writing" | "leave the dial" | "reload" | "sign in";

export interface Told {
  readonly words: string;
  readonly next?: NextStep;
}

/** `visitor`: nobody is signed in at the page. `nowMs`: of the wall clock. */
export function inWords(error: unknown, { visitor, nowMs }: { readonly visitor: boolean; readonly nowMs: number }): Told {
  /** Above this a pause is told as the time of day at which it ends. */
  const countedMs = 120_000;

  /** A pause as people say it: `in 5 s`, or `at 1:00`. */
  function after(pauseMs: number): string {
    if (pauseMs <= countedMs) return `in ${Math.max(1, Math.ceil(pauseMs / 1_000))} s`;
    return `at ${new Date(nowMs + pauseMs).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" })}`;
  }

  function refused({ status, code, retryAfterMs = 0 }: Refusal): Told {
    const again = after(retryAfterMs);
    switch (code) {
      case "session-budget":
        return {
          words: "The budget of this conversation is used up; another one has its own, and can go on from here.",
          next: "go on anew",
        };
      case "dial-settled":
        return {
          words: "Where the dial between cost and quality stands is settled for everybody now, so it cannot be turned any more.",
          next: "leave the dial",
        };
      case "session-full":
        return { words: "This conversation is as long as one can be; another one can go on from here.", next: "go on anew" };
      case "daily-budget":
        return { words: `Today's budget for your chats is used up; it renews ${again}.` };
      case "visitors-budget":
        return {
          words: `The chat is closed to visitors for today; it opens again ${again}. Whoever can sign in may go on now.`,
          next: "sign in",
        };
      case "answers-under-way":
        return { words: `What is left of the budget may be needed for answers that are being made; try again ${again}.` };
      case "too-fast":
        return { words: `That was more than the chat can take at once; try again ${again}.` };
      case "answered-already":
        return { words: "This message was answered already." };
    }
    switch (status) {
      case 401:
        return { words: "Your sign-in has ended. Reload the page to sign in again.", next: "reload" };
      case 403:
        return visitor
          ? { words: "This conversation was begun in a visit that is over.", next: "begin anew" }
          : { words: "This conversation was begun by somebody else, who alone can go on with it.", next: "begin anew" };
      case 404:
        return { words: "This conversation is not kept any more.", next: "begin anew" };
      case 413:
      case 422:
        return { words: "This message cannot be answered as it is: say it in other words, or shorter." };
      case 429:
        return { words: `That is not possible just now; try again ${again}.` };
      case 502:
        return { words: "The model gave no answer. Try again, or say it in other words." };
      case 503:
        return { words: `No model is free to answer just now; try again ${again}.` };
      default:
        return { words: "Something failed at the server. Try again." };
    }
  }

  if (!(error instanceof Error)) return { words: "Something failed; try again." };
  const { cause, message } = error;
  if (cause === "voice") return { words: `${message} You can go on in writing.`, next: "go on in writing" };
  if (typeof cause !== "object" || cause === null) return { words: message };
  return refused(cause as Refusal);
}
