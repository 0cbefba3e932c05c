/** The chat page in a real browser, for whoever types: which model answers and why, what it costs, and that nothing secret is seen. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { barriers, loudness, noBrowser, openBrowser, sideways } from "../support/browser.ts";
import { ChatVisit, patient } from "../support/chat-visit.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

interface Told {
  readonly type: string;
  readonly item?: { readonly role: string; readonly content: readonly { readonly text: string }[] };
}

/** A token of a directory, an ephemeral secret of a model service, a key or a signature of a storage account, anybody's header. */
const secret = /eyJ[\w-]+\.eyJ|\bek_\w|\bsk-\w|AccountKey|SharedAccess|[?&]sig=|Bearer \S|client_secret/;
const markdown = `A list with \`code\` and **bold** words:
1. one
2. two
   - inner

\`\`\`ts
const a = 1 < 2 && **b**;
\`\`\`

| name | meaning |
| --- | --- |
| a | the first |

مرحبا

<img src=x onerror=alert(1)> [no](javascript:alert(1)) [yes](https://example.com/)`;

/** In the page: an element's children, each with its words. */
function outline(body: Element): string[] {
  const words = (node: Node): string[] =>
    node instanceof Text ? [node.data.trim()] : [...node.childNodes].flatMap((each) => words(each));
  return [...body.children].map((each) => `${each.localName}: ${words(each).filter(Boolean).join(" ")}`);
}

const dollars = (usd: number): string => `$${usd.toFixed(4)}`;

describe.skipIf(!browser)("the chat in a browser", () => {
  let laptop: RunningLaptop;
  let visit: ChatVisit;

  beforeAll(async () => {
    laptop = await startLaptop();
    visit = await ChatVisit.open(browser!, laptop);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await laptop?.stop();
  });
  afterEach(() => expect(visit.faults).toEqual([]));

  /** The page's figures are those that were metered, down to the last digit shown. */
  const costIsMetered = () =>
    vi.waitFor(async () => {
      const { costUsd, savedUsd } = await visit.session();
      const shown = await visit.section("Cost and saving").textContent();
      expect(shown).toContain(`Cost so far ${dollars(costUsd)}, saved ${dollars(savedUsd)}`);
      return { costUsd, savedUsd };
    }, patient);

  test("R2 R9: an easy message goes to the cheap model, the page says why, and the answer is read and heard", async () => {
    await visit.types("Hello, how are you?");
    await visit.answered("help you");
    const choice = await visit.section("Which model answers").textContent();
    expect(choice).toContain("realtime-cheap (cheap)");
    const { reasons } = JSON.parse(visit.received.find((each) => each.includes('"reasons"')) ?? "{}") as { reasons: string[] };
    expect(reasons.length).toBeGreaterThan(0);
    expect(choice).toContain(`Why${reasons.join("; ")}`);
    expect(await visit.answers().textContent()).toContain("Assistant · realtime-cheap (cheap)");
    expect(await loudness(visit.page)).toBeGreaterThan(0.01);
  }, 90_000);

  test("R6 R9: the cost and the saving that the page shows are what was metered", async () => {
    await vi.waitFor(async () => expect((await visit.session()).costUsd).toBeGreaterThan(0), patient);
    const { costUsd, savedUsd } = await costIsMetered();
    expect(savedUsd).toBeGreaterThan(costUsd);
    const board = await (await fetch(laptop.board)).text();
    expect(board).toContain(dollars(costUsd));
  }, 90_000);

  test("R7: a hard message changes to the strong model, which knows what was said before", async () => {
    // The dial stands where the customer put it: it is the message that moves the conversation.
    await visit.types(
      "My name is Ada. Can you explain the technical architecture of distributed microservices with event sourcing patterns?",
    );
    await visit.state("Connected with the strong model.");
    await visit.answers("microservices").waitFor();
    expect(await visit.section("Which model answers").textContent()).toContain("realtime-strong (strong)");
    expect(await visit.log.getByRole("listitem").count()).toBe(4);
    expect(await visit.answers().last().textContent()).toContain("realtime-strong (strong)");
    expect(await visit.page.evaluate(() => window.connections.map((each) => each.connectionState))).toEqual([
      "closed",
      "connected",
    ]);
    await visit.types("What is my name?");
    await visit.answered("Your name is Ada");
  }, 90_000);

  test("the browser tells a model its own messages once, and hears nothing of prompts, tools or use", async () => {
    const told = (await visit.page.evaluate(() => window.told)).map((each) => JSON.parse(each) as Told);
    expect(told.filter(({ type }) => type === "conversation.item.create").map(({ item }) => item?.content[0]?.text)).toEqual([
      "What is my name?",
    ]);
    expect(new Set(told.map(({ type }) => type))).toEqual(
      new Set(
        ["response.create", "conversation.item.create", "output_audio_buffer.clear", "response.cancel"].filter((type) =>
          told.some((each) => each.type === type),
        ),
      ),
    );
    const heard = (await visit.page.evaluate(() => window.heard)).map((each) => (JSON.parse(each) as Told).type);
    expect(heard).toContain("response.output_audio_transcript.delta");
    expect(heard.filter((type) => /^session\.|function_call|response\.done|rate_limits/.test(type))).toEqual([]);
  });

  test("an easy message stays with the strong model while it is warm, and the page says why", async () => {
    await visit.turnsDial("cheap");
    await visit.types("Thank you!");
    await visit.answers().nth(3).waitFor();
    const choice = await visit.section("Which model answers").textContent();
    expect(choice).toContain("realtime-strong");
    expect(choice).toContain("the strong model stays");
    await costIsMetered();
  }, 90_000);

  test("R8: with neither voice nor microphone the conversation goes on in writing, and back, and nothing of it is lost", async () => {
    await visit.page.getByLabel("Play the answers").uncheck();
    await visit.state("Answers come in writing.");
    const before = (await visit.session()).costUsd;
    await visit.types("What is my name?");
    await visit.answers("Your name is Ada").nth(1).waitFor();
    expect(await visit.answers().last().textContent()).toMatch(/Assistant · .*\((cheap|strong)\)/);
    expect(await visit.page.evaluate(() => window.connections.filter((each) => each.connectionState !== "closed").length)).toBe(
      0,
    );
    const { costUsd } = await costIsMetered();
    expect(costUsd).toBeGreaterThan(before);
    await visit.page.getByLabel("Play the answers").check();
    await visit.types("What did I say?");
    await visit.answers("What is my name?").waitFor();
    await visit.state(/^Connected with the/);
    const { turns } = await visit.session();
    const shown = await visit.log.getByRole("listitem").count();
    await vi.waitFor(async () => expect((await visit.session()).turns.length).toBe(shown), patient);
    expect(new Set(turns.map(({ id }) => id)).size).toBe(turns.length);
  }, 120_000);

  test("R3: the dial says what each of its stands promises, and the server keeps to it", async () => {
    const dial = visit.page.getByRole("slider", { name: "Cost and quality" });
    await visit.turnsDial("cheap");
    const promised = await visit.section("Cost and quality").textContent();
    expect(promised).toContain("Spoken: always the cheap model");
    expect(promised).toContain("docs/router.md");
    await visit.button("New conversation").click();
    expect(await visit.log.getByRole("listitem").count()).toBe(0);
    await visit.types("Explain distributed microservices architecture with event sourcing");
    await visit.state("Connected with the cheap model.");
    await visit.turnsDial("strong");
    expect(await dial.getAttribute("aria-valuetext")).toMatch(/Spoken: (?:always the strong model|keeps about 100\s%)/);
    await visit.types("Explain distributed microservices architecture with event sourcing");
    await visit.state("Connected with the strong model.");
  }, 120_000);

  test("ending the session says so, and the next message opens another", async () => {
    await visit.button("End session").click();
    await visit.state("The session has ended; your next message opens another.");
    await vi.waitFor(
      async () => expect(await visit.page.evaluate(() => window.connections.at(-1)?.connectionState)).toBe("closed"),
      patient,
    );
    await visit.types("And which of these is best?");
    await visit.state(/^Connected with the/);
    await visit.button("End session").click();
  }, 90_000);

  test("R5: nothing that the page sees holds a token, a key or a secret", async () => {
    expect(visit.received.some((each) => each.startsWith("v=0"))).toBe(true);
    expect(visit.received.some((each) => each.includes("RTCPeerConnection"))).toBe(true);
    const kept = await visit.page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
    expect(kept).toBe(JSON.stringify(["", {}, {}]));
    const passed = await visit.page.evaluate(() => [...window.heard, ...window.told]);
    expect(passed.length).toBeGreaterThan(0);
    expect([...visit.received, ...passed].filter((each) => secret.test(each))).toEqual([]);
    expect(await laptop.token("viewer")).toMatch(secret);
  });

  test("a page that is loaded anew shows the conversation and goes on with it", async () => {
    await visit.button("New conversation").click();
    await visit.page.getByLabel("Play the answers").uncheck();
    await visit.types("My name is Grace");
    await visit.answered(/\w/);
    const { sessionId } = await visit.session();
    await visit.page.reload();
    await visit.log.getByText("My name is Grace", { exact: true }).waitFor();
    expect(await visit.log.getByRole("listitem").count()).toBe(2);
    await visit.page.getByLabel("Play the answers").uncheck();
    await visit.types("What is my name?");
    await visit.answers("Your name is Grace").waitFor();
    expect((await visit.session()).sessionId).toBe(sessionId);
    await visit.page.getByLabel("Play the answers").check();
  }, 90_000);

  test("an answer is set as its model meant it, and brings no markup of its own", async () => {
    await visit.page.route("**/api/chat/turns", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), answer: markdown } });
    });
    await visit.page.getByLabel("Play the answers").uncheck();
    await visit.types("Hello there");
    const answer = visit.answers("A list").last();
    await answer.waitFor();
    expect(await answer.locator("div").first().evaluate(outline)).toEqual([
      "p: A list with code and bold words:",
      "ol: one two inner",
      "figure: ts Copy const a = 1 < 2 && **b**;",
      "div: name meaning a the first",
      "p: مرحبا",
      "p: <img src=x onerror=alert(1)> [no](javascript:alert(1)) yes",
    ]);
    expect(await answer.locator("ol ul li").allTextContents()).toEqual(["inner"]);
    expect(await answer.getByRole("link").evaluateAll((links) => links.map((each) => each.getAttribute("href")))).toEqual([
      "https://example.com/",
    ]);
    expect(await answer.locator("img, script").count()).toBe(0);
    expect(await answer.getByText("مرحبا").evaluate((each) => getComputedStyle(each).direction)).toBe("rtl");
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await answer.getByRole("button", { name: "Copy" }).click();
    await answer.getByRole("button", { name: "Copied" }).waitFor();
    expect(await visit.page.evaluate(() => navigator.clipboard.readText())).toBe("const a = 1 < 2 && **b**;");
    await visit.page.unroute("**/api/chat/turns");
    await visit.page.getByLabel("Play the answers").check();
  }, 60_000);

  test("leaving the page ends the session at the server", async () => {
    await visit.types("Hello, how are you?");
    await visit.state(/^Connected with the/);
    await visit.page.goto(`${laptop.outputs.functionAppUrl}/phone`);
    await vi.waitFor(async () => expect((await visit.session()).endedBy).toBe("person"), patient);
    await visit.page.goto(`${laptop.outputs.functionAppUrl}/chat`);
  }, 60_000);

  test("the page fits a desk and a narrow phone, and can be used by ear", async () => {
    for (const width of [1_280, 375]) {
      const fresh = await ChatVisit.open(browser!, laptop, { width });
      await fresh.page.getByLabel("Use the microphone").check();
      await fresh.page.getByText("Other devices").click();
      await fresh.page.getByLabel("Microphone", { exact: true }).waitFor();
      expect([width, await sideways(fresh.page)]).toEqual([width, 0]);
      for (const colorScheme of ["light", "dark"] as const) {
        await fresh.page.emulateMedia({ colorScheme });
        expect([colorScheme, await barriers(fresh.page)]).toEqual([colorScheme, []]);
      }
      await fresh.close();
    }
  }, 120_000);

  test("by keyboard alone: every control is reached in reading order, a message is sent and answered", async () => {
    const { page } = visit;
    await page.reload();
    await visit.section("Cost and quality").waitFor();
    const names: string[] = [];
    for (let at = 0; at < 12; at++) {
      await page.keyboard.press("Tab");
      names.push(
        await page.evaluate(() => {
          const here = document.activeElement as HTMLInputElement;
          const label = here.labels?.[0]?.textContent ?? here.textContent ?? "";
          return (here.id === "talk" ? "Conversation" : label || "Cost and quality").trim();
        }),
      );
    }
    expect(names).toEqual([
      ...["Skip to content", "Calls", "Phone", "Chat", "Sign out", "New conversation", "Conversation", "Message", "Send"],
      ...["Use the microphone", "Play the answers", "Cost and quality"],
    ]);
    for (let at = 0; at < 4; at++) await page.keyboard.press("Shift+Tab");
    await page.keyboard.type("Hello there");
    await page.keyboard.press("Enter");
    await visit.answered("help you");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("message");
    // Past Send, the microphone and what is played.
    for (let at = 0; at < 4; at++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await visit.state("The session has ended");
  }, 90_000);
});
