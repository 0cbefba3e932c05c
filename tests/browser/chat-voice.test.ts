/** The chat page in a real browser, for whoever talks: what is said into the microphone, what is heard, and which model it comes from. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { loudness, noBrowser, openBrowser } from "../support/browser.ts";
import { ChatVisit, patient } from "../support/chat-visit.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

describe.skipIf(!browser)("talking with the chat in a browser", () => {
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

  const microphones = () => visit.page.evaluate(() => window.microphones.length);
  const openedSoFar = () => visit.page.evaluate(() => window.connections.length);
  const openConnections = () =>
    visit.page.evaluate(() => window.connections.filter((each) => each.connectionState === "connected").length);

  test("R9: what is said into the microphone is read, answered and heard, and the level shows it", async () => {
    await visit.page.getByLabel("Use the microphone").check();
    await visit.state("Connected with the cheap model: speak, or type.");
    const level = visit.page.getByRole("meter", { name: "Level" });
    const quiet = await level.evaluate((meter: HTMLMeterElement) => meter.value);
    const speaking = visit.speaks("Hello, my name is Ada");
    await vi.waitFor(
      async () => expect(await level.evaluate((meter: HTMLMeterElement) => meter.value)).toBeGreaterThan(quiet + 0.2),
      patient,
    );
    await visit.state("Hearing you…");
    await speaking;
    await visit.log.locator(".human", { hasText: "Hello, my name is Ada" }).waitFor();
    await visit.answers().first().waitFor();
    expect(await loudness(visit.page)).toBeGreaterThan(0.01);
    await vi.waitFor(
      async () => expect(await visit.section("Which model answers").textContent()).toContain("realtime-cheap (cheap)"),
      patient,
    );
  }, 90_000);

  test("R7: a hard question, spoken, changes to the strong model, which knows the conversation and takes over the microphone", async () => {
    await visit.speaks("Explain distributed microservices architecture with event sourcing");
    await visit.state("Connected with the strong model: speak, or type.");
    await visit.answers("realtime-strong").filter({ hasText: "microservices" }).waitFor();
    expect(await loudness(visit.page)).toBeGreaterThan(0.01);
    expect(await openConnections()).toBe(1);
    await visit.speaks("What is my name?");
    await visit.answers("Your name is Ada").waitFor();
    expect(await microphones()).toBe(1);
  }, 90_000);

  test("while the model changes there is no moment without one that hears and is heard, and the older one goes last", async () => {
    const { lines } = await visit.page.evaluate(() => ({ lines: window.lines }));
    const since = lines.slice(lines.findIndex(({ played }) => played));
    expect(since.filter(({ up, hearing, played }) => up === 0 || hearing === 0 || !played)).toEqual([]);
    expect(Math.max(...lines.map(({ up }) => up))).toBe(2);
    expect(lines.at(-1)).toEqual({ up: 1, hearing: 1, played: true });
  }, 30_000);

  test("a turn that was spoken is kept once, with the model that answered it", async () => {
    const spoken = "Explain distributed microservices architecture with event sourcing";
    await vi.waitFor(async () => {
      const { turns } = await visit.session();
      expect(turns.filter(({ content }) => content === spoken)).toHaveLength(1);
      expect(turns.at(-1)).toMatchObject({ persona: "assistant", model: "realtime-strong" });
    }, patient);
  }, 60_000);

  test("another microphone is taken into the running session, and one that is muted is not heard", async () => {
    await visit.page.getByText("Other devices").click();
    const list = visit.page.getByLabel("Microphone", { exact: true });
    const names = await list.getByRole("option").allTextContents();
    const [connections, asked] = [await openedSoFar(), await microphones()];
    expect(names.length).toBeGreaterThan(1);
    await list.selectOption(names[1]!);
    await vi.waitFor(async () => expect(await microphones()).toBe(asked + 1), patient);
    expect(await visit.page.evaluate(() => JSON.stringify(window.microphones.at(-1)))).toContain("deviceId");
    await visit.speaks("What did I say?");
    await visit.answers("Before that you said").waitFor();
    expect(await openedSoFar()).toBe(connections);
    expect(await visit.page.getByLabel("Loudspeaker").getByRole("option").count()).toBeGreaterThan(1);

    const said = await visit.log.locator(".human").count();
    await visit.page.getByLabel("Mute").check();
    await visit.speaks("Nobody hears this");
    await visit.page.getByLabel("Mute").uncheck();
    await visit.speaks("Somebody hears this");
    await visit.log.getByText("Somebody hears this", { exact: true }).waitFor();
    expect(await visit.log.locator(".human").count()).toBe(said + 1);
  }, 120_000);

  test("who goes on speaking while the model changes is heard to the end by the one that heard them begin, and answered by the newer", async () => {
    await visit.button("New conversation").click();
    await visit.turnsDial("cheap");
    await visit.page.getByLabel("Use the microphone").check();
    await visit.state("Connected with the cheap model: speak, or type.");
    let goOn = (): void => undefined;
    const patience = new Promise<void>((resolve) => (goOn = resolve));
    await visit.page.route(/choice=strong/, async (route) => {
      await patience;
      await route.continue();
    });
    await visit.turnsDial("strong");
    await visit.types("Explain distributed microservices architecture with event sourcing");
    await visit.state("Changing to the strong model…");
    const speaking = visit.speaks("My name is Grace Hopper and I build compilers for ships");
    await visit.state("Hearing you…");
    goOn();
    await speaking;
    await visit.log.getByText("My name is Grace Hopper and I build compilers for ships", { exact: true }).waitFor();
    await visit.state("Connected with the strong model: speak, or type.");
    await visit.answers("realtime-strong").first().waitFor();
    await visit.page.unroute(/choice=strong/);
    await visit.speaks("What is my name?");
    await visit.answers("Your name is Grace").waitFor();
  }, 90_000);

  test("who types while they speak is answered to both", async () => {
    await visit.button("New conversation").click();
    await visit.turnsDial("cheap");
    await visit.page.getByLabel("Use the microphone").check();
    await visit.state("Connected with the cheap model: speak, or type.");
    // Saying this back takes longer than what is spoken meanwhile.
    await visit.types(`I sail ${"and sail ".repeat(20)}`);
    await visit.answers().first().waitFor();
    const speaking = visit.speaks("My name is Grace");
    await visit.state("Hearing you…");
    await visit.types("What did I say?");
    await speaking;
    await visit.answers("Before that you said").waitFor();
    await visit.answers().nth(2).waitFor();
    await visit.types("What is my name?");
    await visit.answers("Your name is Grace").waitFor();
    expect(await visit.answers().count()).toBe(4);
  }, 90_000);

  test("a change of model that fails leaves the talk with the one at hand, which answers", async () => {
    await visit.button("New conversation").click();
    await visit.turnsDial("cheap");
    await visit.types("Hello there");
    await visit.state("Connected with the cheap model.");
    await visit.answered("help you");
    // The network loses the one request.
    await visit.page.route(/choice=strong/, (route) => route.abort());
    await visit.turnsDial("strong");
    await visit.types("Explain distributed microservices architecture with event sourcing");
    await visit.warned("The strong model cannot be reached, so the cheap model answers.");
    await visit.answers("realtime-cheap").filter({ hasText: "microservices" }).waitFor();
    expect(await openConnections()).toBe(1);
    await visit.page.unroute(/choice=strong/);
    // Chrome writes the lost request into its console.
    expect(visit.faults.splice(0)).toEqual([expect.stringContaining("ERR_FAILED")]);
  }, 90_000);

  test("what was spoken last in one conversation is no part of the next", async () => {
    // The router is slow with it, and the person impatient.
    let goOn = (): void => undefined;
    const patience = new Promise<void>((resolve) => (goOn = resolve));
    await visit.page.getByLabel("Use the microphone").check();
    await visit.state("Connected with the cheap model: speak, or type.");
    await visit.page.route("**/api/ModelRouter", async (route) => {
      await patience;
      await route.continue();
    });
    await visit.speaks("Remember nothing of this");
    await visit.log.getByText("Remember nothing of this", { exact: true }).waitFor();
    await visit.button("New conversation").click();
    await visit.types("Hello there");
    goOn();
    await visit.answered("help you");
    await visit.page.unroute("**/api/ModelRouter");
    const { turns } = await visit.session();
    expect(turns[0]?.content).toBe("Hello there");
  }, 90_000);

  test("R6 R7: the cheap model asks the expert, by a tool that runs at the server, and what that used is in the cost", async () => {
    await visit.button("New conversation").click();
    await visit.turnsDial("cheap");
    const answers = await visit.answers().count();
    expect(answers).toBe(0);
    await visit.types("Explain distributed microservices architecture with event sourcing");
    await visit.answered("microservices");
    await visit.state("Connected with the cheap model.");
    // The call of the tool, the expert's answer and the spoken one.
    await vi.waitFor(async () => expect((await visit.session()).answers).toBe(3), patient);
    const { costUsd } = await visit.session();
    await vi.waitFor(
      async () => expect(await visit.section("Cost and saving").textContent()).toContain(`$${costUsd.toFixed(4)}`),
      patient,
    );
    expect(await visit.page.evaluate(() => window.heard.filter((each) => each.includes("ask_expert")))).toEqual([]);
  }, 90_000);
});
