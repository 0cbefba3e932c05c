/** The chat page for people who are not signed in, where the customer lets them in; and what it says of a small budget. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noBrowser, openBrowser } from "../support/browser.ts";
import { ChatVisit } from "../support/chat-visit.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

const settings = `
config:
  switchboard:chat: { visitors: true, session_budget_usd: 0.02 }
`;

describe.skipIf(!browser)("a visitor at the chat page", () => {
  let laptop: RunningLaptop;
  let folder: string;
  let visit: ChatVisit;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "switchboard-visitors-"));
    const file = join(folder, "visitors.yaml");
    await writeFile(file, settings);
    laptop = await startLaptop({ LAPTOP_SETTINGS: file });
    visit = await ChatVisit.open(browser!, laptop, { as: "visitor" });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await laptop?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("chats without signing in, by a cookie that no script sees, and is shown no page of staff", async () => {
    await visit.page.getByRole("link", { name: "Sign in" }).waitFor();
    expect(await visit.page.getByRole("navigation").count()).toBe(0);
    await visit.types("Hello, how are you?");
    await visit.answered("help you");
    await visit.section("Cost and saving").filter({ hasText: "Cost so far $0.0" }).waitFor();
    expect(await visit.page.evaluate(() => document.cookie)).toBe("");
    const cookies = await visit.page.context().cookies();
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
      { name: "visitor", httpOnly: true, sameSite: "Strict" },
    ]);
    expect(visit.faults).toEqual([]);
  }, 60_000);

  test("whose visit has run out is let in once more, without a word", async () => {
    await visit.page.context().clearCookies();
    await visit.button("New conversation").click();
    await visit.page.getByLabel("Play the answers").uncheck();
    await visit.types("Hello, how are you?");
    await visit.answered("help you");
    expect((await visit.page.context().cookies()).map(({ name }) => name)).toEqual(["visitor"]);
  }, 60_000);

  test("is told when little of the budget is left, and when it is used up, and goes on in another conversation, which knows what was said", async () => {
    const question = "Explain distributed microservices architecture with event sourcing";
    const low = visit.section("Cost and saving").filter({ hasText: /\$0\.0\d+ of the budget is left\./ });
    const refused = visit.page.getByRole("alert").filter({ hasText: "The budget of this conversation is used up" });
    await visit.page.getByLabel("Play the answers").check();
    await visit.turnsDial("strong");
    const answers = await visit.answers().count();
    for (let asked = 0; !(await refused.isVisible()); asked++) {
      expect(asked).toBeLessThan(10);
      await visit.types(question);
      await visit
        .answers()
        .nth(answers + asked)
        .or(refused)
        .first()
        .waitFor();
    }
    await low.waitFor();
    const said = await visit.log.getByRole("listitem").count();
    await visit.button("Go on in a new conversation").click();
    await visit
      .answers()
      .nth(Math.floor(said / 2))
      .waitFor();
    expect(await visit.page.getByRole("alert").count()).toBe(0);
    expect(await visit.log.getByRole("listitem").count()).toBe(said + 2);
    const carried = await visit.page.evaluate(async () => {
      const { sessionId } = history.state as { sessionId: string };
      const session = (await (await fetch(`/api/chat/sessions/${sessionId}`)).json()) as { turns: { content: string }[] };
      return session.turns.map(({ content }) => content);
    });
    expect(carried.filter((content) => content === question).length).toBeGreaterThan(1);
  }, 120_000);
});
