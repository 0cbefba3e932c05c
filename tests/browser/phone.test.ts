import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { noBrowser, openBrowser, type Page, watch } from "../support/browser.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

const patient = { timeout: 60_000 };
const mine = "+33612345678";

describe.skipIf(!browser)("the phone page", () => {
  let laptop: RunningLaptop;
  let page: Page;
  let faults: readonly string[] = [];

  const status = (words: string | RegExp) => page.getByRole("status").filter({ hasText: words }).waitFor();
  const line = (who: "They" | "You", words: string) =>
    page
      .getByRole("log")
      .getByText(new RegExp(`^${who}: .*${words}`))
      .first();
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: at } = document;
      const label = at instanceof HTMLInputElement ? at.labels?.[0]?.textContent : undefined;
      return (label ?? at?.getAttribute("aria-label") ?? at?.textContent ?? "").trim();
    });

  beforeAll(async () => {
    laptop = await startLaptop();
    page = await (await browser!.newContext()).newPage();
    page.setDefaultTimeout(patient.timeout);
    faults = watch(page);
    await page.goto(`${laptop.board}/phone`);
    await page.getByLabel("This phone's number").fill(mine);
    await page.getByRole("button", { name: "Use" }).click();
    await status(`Ready: this is ${mine}`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await laptop?.stop();
  });
  afterEach(() => expect(faults).toEqual([]));

  test("the keyboard reaches everything in reading order", async () => {
    await page.reload();
    await status("Ready");
    const order: string[] = [];
    for (let at = 0; at < 24; at++) {
      await page.keyboard.press("Tab");
      order.push(await focused());
    }
    const pad = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "star", "0", "hash"];
    expect(order).toEqual([
      ...["Board", "Call the system", "Number to call", "Call", ...pad, "This phone's number", "Use"],
      ...["Type what to say; it travels as sound", "Say", "Use my microphone", "Speak what I hear", "Play the raw line"],
      "Text the system",
    ]);
  });

  test("a call by keyboard alone: what is typed is said, what is heard is written, and a text message follows", async () => {
    await page.getByRole("button", { name: "Call the system" }).focus();
    await page.keyboard.press("Enter");
    await status("Connected with the system.");
    await line("They", "Contoso").waitFor();
    expect(await focused()).toBe("Type what to say; it travels as sound");
    await page.keyboard.type("My name is Ada Martin");
    await page.keyboard.press("Enter");
    await line("You", "My name is Ada Martin").waitFor();
    await page
      .getByRole("log")
      .getByText(/^They: /)
      .nth(1)
      .waitFor();
    await page.getByRole("button", { name: "Hang up" }).press("Enter");
    await status("The call is over: hung up.");
    await page.getByRole("list", { name: "Messages" }).getByText("The system: ").waitFor();
    const call = await laptop.call(mine);
    expect([call.direction, call.claim.policyholder_name]).toEqual(["inbound", "Ada Martin"]);
    expect(call.messages.filter((each) => each.persona === "human").map((each) => each.content)).toContain(
      "My name is Ada Martin",
    );
    const heard = await page
      .getByRole("log")
      .getByText(/^They: /)
      .allTextContents();
    // The record keeps what was surely heard, which may end a word before what the page could make out.
    const kept = call.messages.map((each) => each.content).filter(Boolean);
    for (const words of heard) expect([words, kept.some((each) => words.startsWith(`They: ${each}`))]).toEqual([words, true]);
  }, 120_000);

  test("a call of the system rings on the page, is answered with a key press, and talks", async () => {
    await page.evaluate(() => document.getElementById("transcript")?.replaceChildren());
    const placed = await laptop.api("supervisor", "/call", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ phone_number: mine, bot_company: "Fabrikam", bot_name: "Amélie" }),
    });
    expect(placed.status).toBe(201);
    await page.getByRole("heading", { name: "The system is calling" }).waitFor();
    expect([await page.title(), await focused()]).toEqual(["☎ Incoming call", "Answer"]);
    await page.keyboard.press("Enter");
    await status("Connected with the system.");
    await line("They", "Fabrikam").waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    const { call_id } = (await placed.json()) as { call_id: string };
    await vi.waitFor(async () => {
      const { status, ended_reason } = await laptop.call(call_id);
      expect([status, ended_reason]).toEqual(["ended", "completed"]);
    }, patient);
  }, 120_000);

  test("what cannot be done is said in words, and the page stays usable", async () => {
    await page.getByRole("button", { name: "Say" }).click();
    await page.getByLabel("Type what to say").fill("Is anybody there?");
    await page.getByRole("button", { name: "Say" }).click();
    await page.getByRole("alert").filter({ hasText: "The phone is not in a call: dial first." }).waitFor();
    const other = await (await browser!.newContext()).newPage();
    await other.goto(`${laptop.board}/phone`);
    await other.getByLabel("This phone's number").fill(mine);
    await other.getByRole("button", { name: "Use" }).click();
    await other.getByRole("alert").filter({ hasText: "already belongs to a connected phone" }).waitFor();
    await other.context().close();
    await page.getByLabel("Number to call").fill("112");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "112" }).waitFor();
  });
});
