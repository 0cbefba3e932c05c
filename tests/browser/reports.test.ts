import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { barriers, noBrowser, openBrowser, type Page, sideways, watch } from "../support/browser.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

const caller = "+33612345678";
const patient = { timeout: 60_000 };

describe.skipIf(!browser)("what staff see", () => {
  let laptop: RunningLaptop;
  let page: Page;
  let faults: readonly string[] = [];

  beforeAll(async () => {
    laptop = await startLaptop();
    const { said, code } = await laptop.phone(
      ...["--from", caller, "--hang-up-after", "3"],
      "--say",
      "My name is Ada Martin, call me back tomorrow",
    );
    expect([code, said]).toEqual([0, expect.stringContaining("Connected")]);
    const body = JSON.stringify({ message: "Hello, how are you?" });
    await laptop.api("viewer", "/api/ModelRouter", { method: "POST", headers: { "content-type": "application/json" }, body });
    await vi.waitFor(async () => {
      const { synthesis, next } = await laptop.call(caller);
      expect([synthesis, next]).not.toContain(undefined);
    }, patient);
    page = await (await browser!.newContext()).newPage();
    page.setDefaultTimeout(patient.timeout);
    faults = watch(page);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await laptop?.stop();
  });
  afterEach(() => expect(faults).toEqual([]));

  test("the board shows what runs, the last call and the last chat, and leads to phone, chat and reports", async () => {
    await page.goto(laptop.board);
    const row = (region: string) => page.getByRole("region", { name: region }).getByRole("row");
    expect(await row("Last calls").last().textContent()).toMatch(/inbound, completed/);
    expect(await row("Last chats").last().textContent()).toMatch(/realtime-cheap\s*1 turn\s*not metered/);
    expect((await row("Apps").allInnerTexts()).filter((each) => each.includes("running"))).toHaveLength(2);
    expect(await page.content()).not.toContain(caller.slice(1));
    expect(
      await page
        .getByRole("navigation")
        .getByRole("link")
        .evaluateAll((links) => links.map((each) => (each as HTMLAnchorElement).href)),
    ).toEqual([`${laptop.board}/phone`, `${laptop.outputs.functionAppUrl}/chat`, laptop.outputs.reportUrl]);
  });

  test("the report's address leads through sign-in to the caller's latest call, whole", async () => {
    await page.goto(`${laptop.outputs.reportUrl}/%2B33612345678`);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Sign in on this laptop");
    await page.getByRole("button", { name: "viewer" }).click();
    const section = (name: string) => page.locator("section", { has: page.getByRole("heading", { name, exact: true }) });
    await section("Summary").waitFor();
    const call = await laptop.call(caller);
    expect(await section("Summary").textContent()).toContain(call.synthesis?.long);
    for (const field of [
      "incident_datetime",
      "incident_description",
      "policy_number",
      "policyholder_email",
      "policyholder_phone",
    ])
      expect((await section("Claim").textContent())?.toLowerCase()).toContain(field.replace("_", " "));
    expect(await section("Claim").textContent()).toContain("Ada Martin");
    expect(call.reminders.length).toBeGreaterThan(0);
    for (const { title } of call.reminders) expect(await section("Reminders").textContent()).toContain(title);
    const chosen = section("Next action").locator("[aria-current]");
    expect(await chosen.textContent()).toBe(call.next?.action.replaceAll("_", " "));
    const said = await section("Conversation").getByRole("listitem").allInnerTexts();
    for (const { content } of call.messages.filter((each) => each.action === "talk"))
      expect(said).toContainEqual(expect.stringContaining(content));
    expect(await page.title()).toBe("Call · Switchboard");
  });

  test("a search finds a number's calls without the number in the address, and explains what is no number", async () => {
    await page.goto(laptop.outputs.reportUrl!);
    const search = async (words: string) => {
      await page.getByLabel("Phone number").fill(words);
      await page.getByRole("button", { name: "Search" }).click();
    };
    await search("+33 6 12 34 56 78");
    await page.getByRole("region", { name: "Calls with this number" }).waitFor();
    expect(await page.getByRole("row").count()).toBe(2);
    expect(page.url()).toBe(laptop.outputs.reportUrl);
    await search("Ada");
    expect(await page.getByRole("alert").textContent()).toContain("must be a possible phone number");
    await page.getByRole("link", { name: "All calls" }).click();
    await page.getByRole("row").getByRole("link").first().click();
    await page.getByText("Inbound call,").waitFor();
    expect(page.url()).not.toContain(caller.slice(1));
  });

  test.each(["light", "dark"] as const)("every page fits a phone and bars nobody (%s)", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 375, height: 700 });
    const { reportUrl, functionAppUrl } = laptop.outputs;
    for (const address of [
      laptop.board,
      `${laptop.board}/phone`,
      reportUrl!,
      `${reportUrl}/%2B33612345678`,
      `${functionAppUrl}/chat`,
    ]) {
      await page.goto(address);
      expect([address, await sideways(page), await barriers(page)]).toEqual([address, 0, []]);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("an address that leads nowhere is explained on a page, with a way on", async () => {
    const lost = await page.context().newPage();
    for (const [path, words] of [
      ["/report/nonsense", "must be a possible phone number"],
      ["/report/%2B33799999999", "There is no call with this number."],
    ] as const) {
      await lost.goto(`${laptop.outputs.functionAppUrl}${path}`);
      await lost.getByText(words).waitFor();
      expect([await sideways(lost), await barriers(lost)]).toEqual([0, []]);
    }
    await lost.getByRole("link", { name: "To the calls" }).click();
    await lost.waitForURL(laptop.outputs.reportUrl!);
    await lost.close();
  });

  test("signing out ends it: the next page asks who it is", async () => {
    await page.goto(laptop.outputs.reportUrl!);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Signed out" }).waitFor();
    expect(await page.context().cookies(laptop.outputs.functionAppUrl)).toEqual([]);
    await page.getByRole("link", { name: "Sign in again" }).click();
    await page.getByRole("heading", { name: "Sign in on this laptop" }).waitFor();
    expect([await sideways(page), await barriers(page)]).toEqual([0, []]);
  });
});
