/** What goes wrong at the chat page, said in words with the next step: the microphone, the sound, the network, the server. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { noBrowser, openBrowser } from "../support/browser.ts";
import { ChatVisit, patient, type VisitOptions } from "../support/chat-visit.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

const browser = await openBrowser();
if (!browser) console.warn(`Skipped: ${noBrowser}.`);

describe.skipIf(!browser)("what goes wrong in the chat", () => {
  let laptop: RunningLaptop;

  beforeAll(async () => {
    laptop = await startLaptop();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await laptop?.stop();
  });

  async function visiting(options: VisitOptions, story: (visit: ChatVisit) => Promise<void>): Promise<void> {
    const visit = await ChatVisit.open(browser!, laptop, options);
    await story(visit);
    await visit.close();
  }
  const microphone = (visit: ChatVisit) => visit.page.getByLabel("Use the microphone");

  test.for<{ why: string; visit: VisitOptions; words: string }>([
    { why: "not allowed", visit: { microphone: false }, words: "allow it for this page in the browser's settings" },
    { why: "not there", visit: { before: withoutMicrophone }, words: "No microphone was found: plug one in" },
    { why: "in use", visit: { before: withMicrophoneInUse }, words: "held by another program: end the call or recording there" },
    { why: "withheld without TLS", visit: { before: withoutTls }, words: "open this one at its https address" },
  ])("a microphone that is $why: the page says what to do, and writing goes on", ({ visit: options, words }) =>
    visiting(options, async (visit) => {
      await microphone(visit).click();
      await visit.warned(words);
      expect(await microphone(visit).isChecked()).toBe(false);
      await visit.page.getByLabel("Play the answers").uncheck();
      await visit.types("Hello there");
      await visit.answers("help you").waitFor();
    }),
  );

  // These wait for what the page itself waits for.
  test.concurrent(
    "a microphone that gives no sound is noticed, and one that is unplugged is replaced by the system's own",
    () =>
      visiting({ clock: true }, async (visit) => {
        await microphone(visit).check();
        await visit.state("Connected with the cheap model: speak, or type.");
        await visit.page.evaluate(() => window.hush());
        const dead = visit.page.getByRole("alert").filter({ hasText: "The microphone gives no sound at all" });
        await vi.waitFor(async () => {
          await visit.page.clock.runFor(5_000);
          expect(await dead.isVisible()).toBe(true);
        }, patient);
        await visit.page.evaluate(() => window.unplug());
        await visit.warned("The microphone was unplugged; the system's own is used instead.");
        expect(await visit.page.evaluate(() => window.microphones.length)).toBe(2);
        await visit.state("Connected with the cheap model: speak, or type.");
      }),
    90_000,
  );

  test.concurrent(
    "a browser that plays no sound by itself plays it when asked",
    () =>
      visiting({ before: playsNothingUnasked }, async (visit) => {
        await visit.types("Hello there");
        await visit.warned("The browser plays no sound before you ask for it.");
        await visit.button("Play").click();
        await vi.waitFor(
          async () => expect(await visit.page.locator("audio").evaluate((player: HTMLAudioElement) => player.paused)).toBe(false),
          patient,
        );
        expect(await visit.page.getByRole("alert").count()).toBe(0);
      }),
    60_000,
  );

  test.concurrent(
    "where the network keeps WebRTC out, the conversation goes on in writing",
    () =>
      visiting({ before: withoutUdp }, async (visit) => {
        await visit.types("Hello there");
        await visit.warned("a firewall may keep WebRTC (UDP) out");
        expect(await visit.page.getByLabel("Message").inputValue()).toBe("Hello there");
        await visit.button("Go on in writing").click();
        await visit.answered("help you");
        await visit.state("Answers come in writing.");
      }),
    60_000,
  );

  test(
    "an answer that was lost on its way is shown when the message is sent again, and not made twice",
    () =>
      visiting({}, async (visit) => {
        await visit.page.getByLabel("Play the answers").uncheck();
        await visit.page.route("**/api/chat/turns", async (route) => {
          await route.fetch();
          await route.abort();
        });
        await visit.types("Hello there");
        await visit.warned("The server does not answer.");
        await visit.page.unroute("**/api/chat/turns");
        await visit.button("Send").click();
        await visit.answered("help you");
        expect(await visit.log.getByRole("listitem").count()).toBe(2);
        expect((await visit.session()).answers).toBe(1);
      }),
    60_000,
  );

  test(
    "a dial that the customer has settled while the page was open is left alone, and the message is answered",
    () =>
      visiting({}, async (visit) => {
        await visit.page.getByLabel("Play the answers").uncheck();
        await visit.turnsDial("cheap");
        await visit.page.route("**/api/chat/dial", async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, json: { ...((await response.json()) as object), free: false } });
        });
        await visit.page.route("**/api/chat/turns", async (route) => {
          const { dial } = route.request().postDataJSON() as { readonly dial?: object };
          const error = { code: "dial-settled", message: "The dial is not yours to turn here.", details: [] };
          await (dial ? route.fulfill({ status: 403, json: { error } }) : route.continue());
        });
        await visit.types("Hello there");
        await visit.warned("cannot be turned any more");
        await visit.button("Go on without it").click();
        await visit.answered("help you");
        expect(await visit.section("Cost and quality").isVisible()).toBe(false);
      }),
    60_000,
  );

  test(
    "a server that does not answer is named, and the message is given back; so is a sign-in that has ended",
    () =>
      visiting({}, async (visit) => {
        await visit.page.context().setOffline(true);
        await visit.types("Hello there");
        await visit.warned("The server does not answer.");
        expect(await visit.page.getByLabel("Message").inputValue()).toBe("Hello there");
        expect(await visit.log.getByRole("listitem").count()).toBe(0);
        await visit.page.context().setOffline(false);
        await visit.page.context().clearCookies();
        await visit.button("Send").click();
        await visit.warned("Your sign-in has ended. Reload the page");
        await visit.state("Not connected.");
      }),
    60_000,
  );

  test(
    "a session that is ended elsewhere is over on the page too, the microphone with it",
    () =>
      visiting({}, async (visit) => {
        await microphone(visit).check();
        await visit.state("Connected with the cheap model: speak, or type.");
        await visit.types("Hello there");
        await visit.answered("help you");
        const { sessionId } = await visit.session();
        await laptop.api("viewer", `/api/chat/sessions/${sessionId}/end`, { method: "POST" });
        await visit.state("The session has ended; your next message opens another.");
        expect(await microphone(visit).isChecked()).toBe(false);
        expect(await visit.button("End session").isDisabled()).toBe(true);
      }),
    60_000,
  );

  test(
    "a connection that is lost comes back by itself, with all that was said",
    () =>
      visiting({ clock: true }, async (visit) => {
        await visit.types("My name is Ada");
        await visit.answered(/\w/);
        // The whole laptop sleeps: nothing answers, nothing says goodbye.
        process.kill(laptop.pid, "SIGSTOP");
        try {
          await visit.state("The network stutters");
          await visit.page.clock.runFor(5_000);
          await visit.state("The connection was lost; reconnecting…");
        } finally {
          process.kill(laptop.pid, "SIGCONT");
        }
        await visit.state(/^Connected with the/);
        expect(await visit.page.evaluate(() => window.connections.length)).toBeGreaterThan(1);
        await visit.types("What is my name?");
        await visit.answers("Your name is Ada").waitFor();
      }),
    120_000,
  );
});

// What follows runs in the page, before its script.

function withoutMicrophone(): void {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
}

function withMicrophoneInUse(): void {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotReadableError"));
}

function withoutTls(): void {
  Object.defineProperty(window, "isSecureContext", { value: false });
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new TypeError());
}

function playsNothingUnasked(): void {
  const { play } = HTMLMediaElement.prototype;
  let asked = false;
  const listening = ({ target }: Event) => {
    asked ||= (target as HTMLElement).textContent === "Play";
  };
  document.addEventListener("click", listening, { capture: true });
  HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
    this.autoplay = false;
    if (asked) return Reflect.apply(play, this, []);
    this.pause();
    return Promise.reject(new DOMException("", "NotAllowedError"));
  };
}

/** Without a relay, of which there is none, no packet finds its way. */
function withoutUdp(): void {
  const { setConfiguration } = RTCPeerConnection.prototype;
  const { setLocalDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setLocalDescription = function (this: RTCPeerConnection) {
    Reflect.apply(setConfiguration, this, [{ iceTransportPolicy: "relay" }]);
    return Reflect.apply(setLocalDescription, this, []);
  };
}
