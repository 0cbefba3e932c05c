import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { loudness, noBrowser, openBrowser, type Page, watch } from "../support/browser.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

declare global {
  interface Window {
    /** What the page told the model, as it was sent. */
    told: string[];
  }
}
interface Told {
  readonly type: string;
  readonly item?: { readonly role: string; readonly content: readonly { readonly text: string }[] };
}

const patient = { timeout: 60_000 };
/** A token of a directory, an ephemeral secret of a model service, a key or a signature of a storage account, anybody's header. */
const secret = /eyJ[\w-]+\.eyJ|\bek_\w|\bsk-\w|AccountKey|SharedAccess|[?&]sig=|Bearer \S|client_secret/;

describe.skipIf(!browser)("the chat in a browser", () => {
  let laptop: RunningLaptop;
  let page: Page;
  let faults: readonly string[] = [];
  /** Everything the server sent to the page. */
  const received: string[] = [];

  /** A browser of its own, signed in and on the chat page. Where there is no network, WebRTC needs the microphone's permission to use loopback. */
  async function visit({ microphone }: { microphone: boolean }): Promise<Page> {
    const fresh = await (await browser!.newContext({ permissions: microphone ? ["microphone"] : [] })).newPage();
    fresh.setDefaultTimeout(patient.timeout);
    await fresh.goto(`${laptop.outputs.functionAppUrl}/chat`);
    await fresh.getByRole("button", { name: "viewer" }).click();
    await fresh.getByRole("heading", { name: "Chat", exact: true }).waitFor();
    return fresh;
  }
  const says = async (words: string, on = page) => {
    await on.getByLabel("Message").fill(words);
    await on.getByLabel("Message").press("Enter");
  };
  /** Waits for an answer with these words; fails with the page's own words when it says what went wrong. */
  const answered = async (words: string | RegExp) => {
    const alert = page.getByRole("alert");
    const answer = page.getByRole("log").locator(".assistant", { hasText: words });
    await alert.or(answer).first().waitFor();
    expect(await alert.allTextContents()).toEqual([]);
  };

  beforeAll(async () => {
    laptop = await startLaptop();
    page = await visit({ microphone: true });
    faults = watch(page);
    await page.addInitScript(() => {
      window.told = [];
      const { send } = RTCDataChannel.prototype;
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
        window.told.push(String(data));
        Reflect.apply(send, this, [data]);
      };
    });
    const keep = (body: string) => void received.push(body);
    // A redirect has no body to read.
    page.on("response", (response) => void response.text().then(keep, () => undefined));
    await page.reload();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await laptop?.stop();
  });
  afterEach(() => expect(faults).toEqual([]));

  test("an easy message goes to the cheap model, the page says why, and the answer is read and heard", async () => {
    await says("Hello, how are you?");
    await answered("help you");
    const choice = await page.getByRole("region", { name: "Which model answers" }).textContent();
    expect(choice).toContain("realtime-cheap (cheap)");
    expect(choice).toContain("is a greeting or thanks");
    const loudest = await loudness(page);
    expect(loudest).toBeGreaterThan(0.01);
  }, 90_000);

  test("a hard message changes to the strong model, which knows what was said before", async () => {
    await says("Explain distributed microservices architecture");
    await answered("microservices");
    expect(await page.getByRole("region", { name: "Which model answers" }).textContent()).toContain("realtime-strong (strong)");
    await page.getByText("Connected with the strong model.").waitFor();
    expect(await page.getByRole("log").getByRole("listitem").count()).toBe(4);
    const told = (await page.evaluate(() => window.told)).map((each) => JSON.parse(each) as Told);
    const items = told
      .filter((each) => each.type === "conversation.item.create")
      .map(({ item }) => [item?.role, item?.content[0]?.text]);
    expect(items).toEqual([
      ["user", "Hello, how are you?"],
      ["user", "Hello, how are you?"],
      ["assistant", expect.stringContaining("help you")],
      ["user", "Explain distributed microservices architecture"],
    ]);
  }, 90_000);

  test("nothing that the page sees holds a token, a key or a secret", async () => {
    expect(received.some((each) => each.startsWith("v=0"))).toBe(true);
    expect(received.some((each) => each.includes("RTCPeerConnection"))).toBe(true);
    const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
    expect(kept).toBe(JSON.stringify(["", {}, {}]));
    expect(received.filter((each) => secret.test(each))).toEqual([]);
    expect(await laptop.token("viewer")).toMatch(secret);
  });

  test("the bridge, listening beside the session, meters what it costs; the board shows it", async () => {
    await vi.waitFor(async () => {
      const [session] = (await (await laptop.api("viewer", "/chat/sessions")).json()) as Record<string, unknown>[];
      expect(session).toMatchObject({ model: "realtime-strong", turns: 2, answers: expect.any(Number) });
      expect(session?.cost_usd).toBeGreaterThan(0);
    }, patient);
    const board = await (await fetch(laptop.board)).text();
    expect(board).toMatch(/realtime-strong<\/td>\s*<td>2 turns<\/td>\s*<td>\$0\.\d{4}/);
  }, 90_000);

  test("ending the session says so, and the next message opens another", async () => {
    await page.getByRole("button", { name: "End session" }).click();
    await page.getByText("The session has ended; your next message opens another.").waitFor();
    await says("And which of these is best?");
    await page.getByText(/^Connected with the/).waitFor();
    await page.getByRole("log").locator(".assistant").nth(2).waitFor();
  }, 90_000);

  test("with the microphone allowed, the model hears who has not typed a word", async () => {
    const talking = await visit({ microphone: true });
    const problems = watch(talking);
    await talking.getByLabel("Use the microphone").check();
    await talking.getByRole("status").filter({ hasText: "Hearing you…" }).waitFor();
    await talking.getByLabel("Use the microphone").uncheck();
    await talking.getByText("Not connected.").waitFor();
    expect(problems).toEqual([]);
    await talking.context().close();
  }, 90_000);

  test("what goes wrong is said in words: no microphone, no server, no sign-in", async () => {
    const unlucky = await visit({ microphone: false });
    const told = async (words: string) => {
      await unlucky.getByRole("alert").filter({ hasText: words }).waitFor();
      await unlucky.getByText("Not connected.").waitFor();
    };
    await unlucky.getByLabel("Use the microphone").click();
    await told("The microphone is not available: allow it for this page");
    expect(await unlucky.getByLabel("Use the microphone").isChecked()).toBe(false);

    await unlucky.context().setOffline(true);
    await says("Hello", unlucky);
    await told("The server does not answer.");
    expect(await unlucky.getByLabel("Message").inputValue()).toBe("Hello");
    await unlucky.context().setOffline(false);

    await unlucky.context().clearCookies();
    await unlucky.getByRole("button", { name: "Send" }).click();
    await told("Your sign-in has ended. Reload the page");
    await unlucky.context().close();
  }, 90_000);
});
