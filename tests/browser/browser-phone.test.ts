/** The phone page in a real browser, with the service's stand-in and a bridge behind it. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type CarriedLine, openCarriedLine } from "../bridge/carried-line.ts";
import { barriers, loudness, noBrowser, openBrowser, type Page, sideways, watch } from "../support/browser.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

const patient = { timeout: 60_000 };
/** A token of a directory, an ephemeral secret of a model service, a key. */
const secret = /eyJ[\w-]+\.eyJ|\bek_\w|\bsk-\w|Bearer \S|client_secret|whsec_/;

describe.skipIf(!browser)("the phone in a browser", () => {
  let line: CarriedLine;
  let page: Page;
  let faults: readonly string[] = [];
  const received: string[] = [];

  /** A browser of its own, signed in and on the phone page. */
  async function visit({ microphone = true, width = 1_280 } = {}): Promise<Page> {
    const context = await browser!.newContext({
      permissions: microphone ? ["microphone"] : [],
      viewport: { width, height: 800 },
    });
    const { origin } = new URL(line.functions.replace("https:", "http:"));
    await context.addCookies([{ name: "session", value: "person-1", url: origin, httpOnly: true, sameSite: "Lax" }]);
    const fresh = await context.newPage();
    fresh.setDefaultTimeout(patient.timeout);
    await fresh.goto(`${origin}/phone`);
    await fresh.getByRole("heading", { name: "Phone", exact: true }).waitFor();
    return fresh;
  }
  const button = (name: string, on = page) => on.getByRole("button", { name, exact: true });
  const state = (words: string | RegExp, on = page) => on.getByRole("status").filter({ hasText: words }).waitFor();

  beforeAll(async () => {
    line = await openCarriedLine();
    page = await visit();
    faults = watch(page);
    // A redirect has no body to read.
    page.on(
      "response",
      (response) =>
        void response.text().then(
          (body) => void received.push(body),
          () => undefined,
        ),
    );
    await page.reload();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await line?.close();
  });
  afterEach(() => expect(faults).toEqual([]));

  test("a call is opened, the agent is heard and read, and the agent hears the microphone", async () => {
    // The microphone of a tested browser beeps, which would interrupt the greeting.
    await page.getByLabel("Mute the microphone").check();
    await button("Call").click();
    await state(/Connected|speaks/);
    const loudest = await loudness(page);
    expect(loudest).toBeGreaterThan(0.01);
    await page.getByLabel("Mute the microphone").uncheck();
    await state("Hearing you…");
    // The greeting's words may have come before the page could hear of them; an answer to beeping follows.
    await page
      .getByRole("log")
      .locator(".assistant", { hasText: /^Agent.+/ })
      .first()
      .waitFor();
  }, 90_000);

  test("a key pressed reaches the call, and hanging up ends it and leads to its report", async () => {
    const pressed = vi.spyOn(line.needs.news, "publish");
    await button("star").click();
    await vi.waitFor(() => expect(pressed).toHaveBeenCalledWith(expect.any(String), { kind: "digit", digit: "*" }), patient);
    await button("Hang up").click();
    await state("You have hung up.");
    const report = await page.getByRole("link", { name: "Report of this call" }).getAttribute("href");
    const callId = report?.split("/").pop() ?? "";
    await vi.waitFor(async () => expect((await line.store.get(callId))?.status).toBe("ended"), patient);
    expect(await button("Call").isEnabled()).toBe(true);
    expect(await button("star").isDisabled()).toBe(true);
  }, 90_000);

  test("a call that the other side ends is over on the page too", async () => {
    await button("Call").click();
    await state(/Connected|speaks|Hearing/);
    for (const call of line.live.values()) call.stop();
    await state("The call has ended.");
    expect(await button("Hang up").isDisabled()).toBe(true);
  }, 90_000);

  test("nothing that the page sees holds a token, a key or a secret", async () => {
    expect(received.some((each) => each.startsWith("v=0"))).toBe(true);
    expect(received.some((each) => each.includes("RTCPeerConnection"))).toBe(true);
    expect(received.filter((each) => secret.test(each))).toEqual([]);
    expect(await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }]))).toBe('["",{}]');
  });

  test("the page fits a narrow phone and can be used by ear and keyboard", async () => {
    const narrow = await visit({ width: 375 });
    expect(await sideways(narrow)).toBe(0);
    expect(await barriers(narrow)).toEqual([]);
    await narrow.context().close();
  }, 90_000);

  test("what goes wrong is said in words: no microphone, no server, a busy line, no sign-in", async () => {
    const unlucky = await visit({ microphone: false });
    const told = async (words: string, on: Page) => {
      await on.getByRole("alert").filter({ hasText: words }).waitFor();
      await state("Not in a call.", on);
    };
    await button("Call", unlucky).click();
    await told("The microphone is not available: allow it for this page", unlucky);
    await unlucky.context().close();

    const offline = await visit();
    await offline.context().setOffline(true);
    await button("Call", offline).click();
    await told("The server does not answer.", offline);
    await offline.context().setOffline(false);
    line.bridge.refusal = "This bridge is full.";
    await button("Call", offline).click();
    await told("The line is busy", offline);
    line.bridge.refusal = undefined;
    await offline.context().clearCookies();
    await button("Call", offline).click();
    await told("Your sign-in has ended. Reload the page", offline);
    await offline.context().close();
  }, 90_000);
});
