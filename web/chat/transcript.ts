/** The conversation as it is read: a line for each thing said, in the order in which it began, growing while it is said. */
import type { Prose } from "./prose.ts";

export type Speaker = "human" | "assistant";

export interface Line {
  readonly who: Speaker;
  readonly id: string;
  readonly words: string;
  /** The model that says it. */
  readonly by?: string | undefined;
  /** More is to come: readers by ear are told when it is whole. */
  readonly growing?: boolean;
}

export interface Transcript {
  /** Sets what a line says; a new line goes to the end. */
  say(line: Line): void;
  /** Lengthens a line that is still being said. */
  grow(line: Line): void;
  /** Nothing more of it comes. */
  finish(id: string, how: "whole" | "stopped"): void;
  drop(id: string): void;
  clear(): void;
}

export function transcript(list: HTMLElement, prose: Prose): Transcript {
  /** From the end; whoever has scrolled up further reads there and is left there. */
  const readingPx = 80;
  const lines = new Map<string, { readonly item: HTMLElement; readonly body: HTMLElement; words: string }>();
  /** Where the list was put last. */
  let put = 0;

  function line({ who, id, by }: Line) {
    const known = lines.get(id);
    if (known) return known;
    const [item, speaker, body] = [document.createElement("li"), document.createElement("span"), document.createElement("div")];
    item.className = who;
    speaker.className = "who";
    speaker.textContent = who === "human" ? "You" : by ? `Assistant · ${by}` : "Assistant";
    body.dir = "auto";
    item.append(speaker, body);
    list.append(item);
    const made = { item, body, words: "" };
    lines.set(id, made);
    return made;
  }

  /** Shows the newest, but never past the beginning of what is read from there. */
  function follow(newest: HTMLElement): void {
    const top = newest.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop;
    put = Math.min(list.scrollHeight - list.clientHeight, Math.max(0, top - readingPx));
    // Who has read on stays where they are.
    list.scrollTop = Math.max(list.scrollTop, put);
  }

  function say(said: Line): void {
    const isOwn = said.who === "human" && !lines.has(said.id);
    const following =
      isOwn || list.scrollTop >= put - readingPx || list.scrollHeight - list.scrollTop - list.clientHeight < readingPx;
    const known = line(said);
    known.words = said.words;
    known.item.ariaBusy = said.growing ? "true" : null;
    if (said.who === "human") known.body.textContent = said.words;
    else prose.show(known.body, said.words);
    if (following && known.item === list.lastElementChild) follow(known.item);
  }

  const drop = (id: string): void => {
    lines.get(id)?.item.remove();
    lines.delete(id);
  };

  return {
    say,
    grow: (said) => say({ ...said, words: (lines.get(said.id)?.words ?? "") + said.words, growing: true }),
    finish(id, how) {
      const known = lines.get(id);
      if (!known) return;
      known.item.ariaBusy = null;
      if (how === "stopped") prose.show(known.body, `${known.words}…`);
    },
    drop,
    clear() {
      lines.clear();
      list.replaceChildren();
      put = 0;
    },
  };
}
