/** What the page says of itself: how things stand, and what went wrong with the next step as a button. */
export interface Remedy {
  readonly name: string;
  readonly act: () => void;
}

export interface Notices {
  state(words: string): void;
  /** Empty words take the last fault away. */
  fault(words: string, remedy?: Remedy): void;
}

export function notices(status: HTMLElement, alert: HTMLElement): Notices {
  function fault(words: string, remedy?: Remedy): void {
    const text = document.createElement("p");
    text.textContent = words;
    alert.replaceChildren(...(words ? [text] : []));
    alert.hidden = words === "";
    if (!remedy) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = remedy.name;
    button.onclick = () => {
      fault("");
      remedy.act();
    };
    alert.append(button);
  }
  return {
    state: (words) => {
      status.textContent = words;
    },
    fault,
  };
}
