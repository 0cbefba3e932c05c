/**
 * What a model writes, as it is meant to be read: paragraphs, lists, code, tables and quotations of the Markdown that models use. Built of
 * elements and text alone, so that no answer can bring markup of its own; links lead to web addresses and nowhere else.
 */
export interface Prose {
  /** Shows the words in the element; what stands there already and has not changed is left alone, and with it what a reader has selected. */
  show(element: HTMLElement, words: string): void;
}

export function prose(): Prose {
  /** Where the backticks end on the same line they hold code within it (`inline`). */
  const fence = /^\s*(`{3,}(?!.*`)|~{3,})\s*([\w+#.-]*)/;
  const item = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
  const rule = /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/;
  const heading = /^#{1,6}\s+(.*)$/;
  const quoted = /^\s*>\s?/;
  const divider = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
  /** Code, bold, italic, a link, a bare address. Emphasis hugs its words, so that `2 * 3 * 4` has none. */
  const inline =
    /(?<!`)`+([^`\n]+)`+|\*\*(?=\S)(.+?\S|\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?!\w)|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"'`)\]]+[^\s<>"'`)\].,;:!?])/g;

  function element<Kind extends keyof HTMLElementTagNameMap>(
    name: Kind,
    ...parts: (Node | string)[]
  ): HTMLElementTagNameMap[Kind] {
    const made = document.createElement(name);
    made.append(...parts);
    return made;
  }

  function link(words: string, address: string): HTMLElement {
    const anchor = element("a", words);
    anchor.href = address;
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    return anchor;
  }

  function phrases(text: string): (Node | string)[] {
    const parts: (Node | string)[] = [];
    let at = 0;
    for (const match of text.matchAll(inline)) {
      parts.push(text.slice(at, match.index));
      at = match.index + match[0].length;
      const [, code, bold, italic, words, address, bare] = match;
      if (code !== undefined) parts.push(element("code", code));
      else if (bold !== undefined) parts.push(element("strong", ...phrases(bold)));
      else if (italic !== undefined) parts.push(element("em", ...phrases(italic)));
      else if (words !== undefined && address !== undefined) parts.push(link(words, address));
      else if (bare !== undefined) parts.push(link(bare, bare));
    }
    return [...parts, text.slice(at)];
  }

  /** The text in blocks: what is set apart by an empty line, or by what begins or ends it. Fenced code is one, its end still missing or not. */
  function blocksOf(words: string): string[] {
    const blocks: string[][] = [[]];
    let closing: string | undefined;
    for (const line of words.split("\n")) {
      const last = blocks.at(-1) ?? [];
      const opened = fence.exec(line)?.[1];
      if (closing !== undefined) {
        last.push(line);
        if (line.trim() === closing) {
          closing = undefined;
          blocks.push([]);
        }
      } else if (opened !== undefined) {
        closing = opened;
        blocks.push([line]);
      } else if (line.trim() === "") {
        // Items of a list may stand apart and are one list all the same.
        if (last[0] !== undefined && item.test(last[0])) last.push(line);
        else blocks.push([]);
      } else if (heading.test(line) || rule.test(line)) blocks.push([line], []);
      else if (startsAnother(last, line)) blocks.push([line]);
      else last.push(line);
    }
    return blocks.map((block) => block.join("\n").trimEnd()).filter(Boolean);
  }

  function startsAnother(block: readonly string[], line: string): boolean {
    const [first] = block;
    if (first === undefined) return false;
    if (item.test(first)) return block.at(-1)?.trim() === "" && !item.test(line) && !/^\s{2,}/.test(line);
    return item.test(line) || quoted.test(first) !== quoted.test(line);
  }

  function listOf(lines: readonly string[]): HTMLElement {
    const depthOf = (line: string): number => item.exec(line)?.[1]?.length ?? 0;
    const depth = depthOf(lines[0] ?? "");
    const [, , number] = item.exec(lines[0] ?? "") ?? [];
    const list = number === undefined ? element("ul") : element("ol");
    if (list instanceof HTMLOListElement && number !== undefined) list.start = Number(number);
    for (let at = 0; at < lines.length; ) {
      const [, , , text = ""] = item.exec(lines[at] ?? "") ?? [];
      let end = at + 1;
      while (end < lines.length && (!item.test(lines[end] ?? "") || depthOf(lines[end] ?? "") > depth)) end++;
      const inside = lines.slice(at + 1, end);
      const nested = inside.findIndex((line) => item.test(line));
      const more = nested < 0 ? inside : inside.slice(0, nested);
      const entry = element("li", ...phrases([text, ...more.map((line) => line.trim())].join("\n").trimEnd()));
      if (nested >= 0) entry.append(listOf(inside.slice(nested)));
      list.append(entry);
      at = end;
    }
    return list;
  }

  function tableOf([head = "", , ...rows]: readonly string[]): HTMLElement {
    const cells = (line: string): string[] =>
      line
        .trim()
        .replace(/^\||\|$/g, "")
        .split("|")
        .map((cell) => cell.trim());
    const row = (name: "th" | "td", line: string): HTMLElement =>
      element("tr", ...cells(line).map((cell) => element(name, ...phrases(cell))));
    const table = element("table", element("thead", row("th", head)), element("tbody", ...rows.map((line) => row("td", line))));
    return aside(table, "Table");
  }

  /** What may be wider than the line scrolls by itself, by keyboard too. */
  function aside(wide: HTMLElement, name: string): HTMLElement {
    const frame = element("div", wide);
    frame.className = "wide";
    frame.tabIndex = 0;
    frame.role = "group";
    frame.ariaLabel = name;
    return frame;
  }

  function codeOf(lines: readonly string[]): HTMLElement {
    const language = fence.exec(lines[0] ?? "")?.[2];
    const closed = lines.length > 1 && fence.test(lines.at(-1) ?? "");
    const text = lines.slice(1, closed ? -1 : undefined).join("\n");
    const copy = element("button", "Copy");
    copy.type = "button";
    copy.onclick = () =>
      navigator.clipboard.writeText(text).then(
        () => (copy.textContent = "Copied"),
        () => (copy.textContent = "Not copied: the browser does not allow it"),
      );
    // Without TLS a browser has no clipboard for pages (Clipboard API: secure contexts only).
    const canCopy = navigator.clipboard !== undefined;
    const bar = element("div", element("span", language || "Code"), ...(canCopy ? [copy] : []));
    bar.className = "bar";
    const figure = element(
      "figure",
      bar,
      aside(element("pre", element("code", text)), language ? `Code in ${language}` : "Code"),
    );
    figure.dir = "ltr";
    return figure;
  }

  function nodeOf(block: string): HTMLElement {
    const lines = block.split("\n");
    const [first = "", second = ""] = lines;
    if (fence.test(first)) return codeOf(lines);
    const title = heading.exec(first)?.[1];
    if (title !== undefined) return element("p", element("strong", ...phrases(title)));
    if (rule.test(first)) return element("hr");
    if (item.test(first)) return listOf(lines.filter((line) => line.trim() !== ""));
    if (quoted.test(first)) return element("blockquote", ...phrases(lines.map((line) => line.replace(quoted, "")).join("\n")));
    if (first.includes("|") && second.includes("-") && divider.test(second)) return tableOf(lines);
    return element("p", ...phrases(block));
  }

  const shown = new WeakMap<HTMLElement, readonly string[]>();
  return {
    show(within, words) {
      const before = shown.get(within) ?? [];
      const blocks = blocksOf(words);
      const changed = blocks.findIndex((block, at) => block !== before[at]);
      const same = changed < 0 ? blocks.length : changed;
      while (within.children.length > same) within.lastElementChild?.remove();
      for (const block of blocks.slice(same)) {
        const made = nodeOf(block);
        // Each part runs as its own first letters do.
        made.dir ||= "auto";
        within.append(made);
      }
      shown.set(within, blocks);
    },
  };
}
