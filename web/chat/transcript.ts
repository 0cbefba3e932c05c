/** The conversation as it is read: a line for each thing said, in the order in which it began, growing while it is said. */
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

export function transcript(list: HTMLElement): Transcript {
  const lines = new Map<string, { readonly item: HTMLElement; readonly words: HTMLElement }>();

  function line({ who, id, by }: Line) {
    const known = lines.get(id);
    if (known) return known;
    const [item, speaker, words] = [document.createElement("li"), document.createElement("span"), document.createElement("span")];
    item.className = who;
    speaker.className = "who";
    speaker.textContent = who === "human" ? "You" : by ? `Assistant · ${by}` : "Assistant";
    item.append(speaker, words);
    list.append(item);
    lines.set(id, { item, words });
    return { item, words };
  }

  function say(said: Line): void {
    // Whoever has scrolled up to read is left there.
    const following = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    const { item, words } = line(said);
    item.ariaBusy = said.growing ? "true" : null;
    words.textContent = said.words;
    if (following) list.scrollTop = list.scrollHeight;
  }

  const drop = (id: string): void => {
    lines.get(id)?.item.remove();
    lines.delete(id);
  };

  return {
    say,
    grow: (said) => say({ ...said, words: (lines.get(said.id)?.words.textContent ?? "") + said.words, growing: true }),
    finish(id, how) {
      const known = lines.get(id);
      if (!known) return;
      known.item.ariaBusy = null;
      if (how === "stopped") known.words.textContent += "…";
    },
    drop,
    clear() {
      lines.clear();
      list.replaceChildren();
    },
  };
}
