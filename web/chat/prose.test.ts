import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { prose } from "./prose.ts";

/** As much of a browser's element as prose uses; written as markup it says what a reader sees. */
class Element {
  readonly name: string;
  readonly nodes: (Element | string)[] = [];
  parent: Element | undefined;
  href?: string;
  start?: number;
  constructor(name: string) {
    this.name = name;
  }
  append(...parts: (Element | string)[]): void {
    for (const part of parts) if (typeof part !== "string") part.parent = this;
    this.nodes.push(...parts.filter((each) => each !== ""));
  }
  remove(): void {
    const { nodes } = this.parent!;
    nodes.splice(nodes.indexOf(this), 1);
  }
  get children(): Element[] {
    return this.nodes.filter((each) => typeof each !== "string");
  }
  get lastElementChild(): Element | undefined {
    return this.children.at(-1);
  }
  get markup(): string {
    const inside = this.nodes.map((each) => (typeof each === "string" ? each.replaceAll("<", "&lt;") : each.markup)).join("");
    const told = `${this.href === undefined ? "" : ` href=${this.href}`}${this.start === undefined ? "" : ` start=${this.start}`}`;
    return `<${this.name}${told}>${inside}</${this.name}>`;
  }
}
class OrderedList extends Element {}

beforeEach(() => {
  vi.stubGlobal("HTMLOListElement", OrderedList);
  vi.stubGlobal("navigator", { clipboard: {} });
  vi.stubGlobal("document", { createElement: (name: string) => (name === "ol" ? new OrderedList(name) : new Element(name)) });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** What is shown of words that come one after the other; the element's own mark is left out. */
function shown(...words: string[]): string {
  const within = new Element("div");
  const { show } = prose();
  for (const each of words) show(within as unknown as HTMLElement, each);
  return within.children.map((each) => each.markup).join("\n");
}

test.each([
  ["Two parts.\n\nOf **a thing** and *another*.", "<p>Two parts.</p>\n<p>Of <strong>a thing</strong> and <em>another</em>.</p>"],
  ["2 * 3 * 4 and snake_case_names stay", "<p>2 * 3 * 4 and snake_case_names stay</p>"],
  ["# A title\nBelow", "<p><strong>A title</strong></p>\n<p>Below</p>"],
  ["- one\n- two\n  - deeper\n- three", "<ul><li>one</li><li>two<ul><li>deeper</li></ul></li><li>three</li></ul>"],
  ["3. three\n\n4. four\n\nDone", "<ol start=3><li>three</li><li>four</li></ol>\n<p>Done</p>"],
  ["> said so\n> twice", "<blockquote>said so\ntwice</blockquote>"],
  ["One\n\n---\n\nTwo", "<p>One</p>\n<hr></hr>\n<p>Two</p>"],
])("an answer is read as it is meant: %j", (words, expected) => {
  expect(shown(words)).toBe(expected);
});

test("a table has a head and rows", () => {
  const cells = "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>";
  expect(shown("| a | b |\n| --- | --- |\n| 1 | 2 |")).toBe(`<div>${cells}</div>`);
});

test("code stands apart, its end come or not, and what is in it is no Markdown", () => {
  const code = (text: string, name: string) =>
    `<figure><div><span>${name}</span><button>Copy</button></div><div><pre><code>${text}</code></pre></div></figure>`;
  expect(shown("```ts\nconst a = `**b**`;\n\n# no title\n```\nAfter")).toBe(
    `${code("const a = `**b**`;\n\n# no title", "ts")}\n<p>After</p>`,
  );
  expect(shown("~~~\nhalf")).toBe(code("half", "Code"));
});

test("where the browser has no clipboard for the page, code stands without a button to copy it", () => {
  vi.stubGlobal("navigator", {});
  expect(shown("```ts\nlet a;\n```")).toBe(
    "<figure><div><span>ts</span></div><div><pre><code>let a;</code></pre></div></figure>",
  );
});

test("code within a line is code however many backticks hold it, and the rest of the answer is not", () => {
  expect(shown("```npm install```\n\nThen **run** `it`, ``now``.")).toBe(
    "<p><code>npm install</code></p>\n<p>Then <strong>run</strong> <code>it</code>, <code>now</code>.</p>",
  );
});

test("an answer brings no markup of its own, and no address but of the web", () => {
  expect(shown('<img src=x onerror="alert(1)"> <script>go()</script>')).toBe(
    '<p>&lt;img src=x onerror="alert(1)"> &lt;script>go()&lt;/script></p>',
  );
  for (const address of ["javascript:alert(1)", "data:text/html,hi", "//elsewhere.example", "file:///etc/passwd"])
    expect(shown(`[Click](${address}) ${address}`), address).not.toContain("href");
  expect(shown("[Docs](https://example.com/a?b=c) or http://example.com.")).toBe(
    "<p><a href=https://example.com/a?b=c>Docs</a> or <a href=http://example.com>http://example.com</a>.</p>",
  );
});

test("while an answer grows, what stands there already is left alone", () => {
  const within = new Element("div");
  const { show } = prose();
  const grow = (words: string) => {
    show(within as unknown as HTMLElement, words);
    return within.children;
  };
  const [first] = grow("One.\n\nTwo");
  const after = grow("One.\n\nTwo more.\n\n- three");
  expect(after[0]).toBe(first);
  expect(after.map((each) => each.markup)).toEqual(["<p>One.</p>", "<p>Two more.</p>", "<ul><li>three</li></ul>"]);
  expect(grow("Anew").map((each) => each.markup)).toEqual(["<p>Anew</p>"]);
});

test("an answer that is nothing but signs is shown", () => {
  for (const sign of ["**", "[", "`", "| -", "> ", "*a ", "  - "]) expect(shown(sign.repeat(8_000)).length).toBeGreaterThan(0);
});
