/** A real browser for tests: the one installed here, or the one a package brings. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

export type { Browser, Page };

/** Said aloud by tests that skip themselves. */
export const noBrowser = "no Chrome or Chromium is installed here and none could be unpacked; set CHROME_PATH to one";

const names = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/** A microphone that beeps once it is allowed, no sandbox (containers have none), and nothing sent home. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  // WebRTC leaves loopback out otherwise, and a sandbox may have no other address.
  "--allow-loopback-in-peer-connection",
  "--autoplay-policy=no-user-gesture-required",
];

/** Opens Chrome or Chromium (`CHROME_PATH`, else an installed one, else @sparticuz/chromium); undefined where there is none. */
export async function openBrowser(): Promise<Browser | undefined> {
  const installed = installedBrowser();
  if (installed) return chromium.launch({ executablePath: installed, args: flags });
  const unpacked = await unpackedBrowser();
  return unpacked && chromium.launch({ executablePath: unpacked.path, args: [...unpacked.flags, ...flags] });
}

function installedBrowser(): string | undefined {
  const given = process.env.CHROME_PATH;
  if (given) return given;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = [...applications, ...names.flatMap((name) => folders.map((folder) => join(folder, name)))];
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The package's program is built for Linux on x64 and unpacks itself to the temporary folder. */
async function unpackedBrowser(): Promise<{ path: string; flags: readonly string[] } | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    return { path: await packed.executablePath(), flags: packed.args };
  } catch {
    return undefined;
  }
}

/** Everything that a page may not do: fail, break its own content rules, or ask a host that is not this machine. Empty when all is well. */
export function watch(page: Page): readonly string[] {
  const faults: string[] = [];
  const asked = (address: string) => {
    const { protocol, hostname } = new URL(address);
    if (!["data:", "blob:"].includes(protocol) && hostname !== "localhost") faults.push(`asked ${hostname}`);
  };
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("request", (request) => asked(request.url()));
  page.on("websocket", (socket) => asked(socket.url()));
  return faults;
}

/** How many pixels of the page lie outside the window's width. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What a reader by ear, by keyboard or with poor sight misses on the page. Empty when all is well. */
export const barriers = async (page: Page): Promise<string[]> => [...(await unnamed(page)), ...(await pale(page))];

function unnamed(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const named = (element: Element): boolean => {
      const labels = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.labels : undefined;
      const by = element.getAttribute("aria-labelledby");
      const words = [
        ...(labels ?? []),
        ...(by ? [document.getElementById(by)] : []),
        ...(element instanceof HTMLInputElement ? [] : [element]),
      ].map((each) => each?.textContent?.trim());
      return Boolean(element.getAttribute("aria-label") || words.some(Boolean));
    };
    const found: string[] = [];
    if (!document.documentElement.lang) found.push("no language");
    if (!document.title) found.push("no title");
    for (const [what, selector] of [
      ["main", "main"],
      ["first heading", "h1"],
    ] as const)
      if (document.querySelectorAll(selector).length !== 1) found.push(`not one ${what}`);
    for (const element of document.querySelectorAll("input:not([type=hidden]), textarea, select, button, a[href], section, nav"))
      if (!named(element)) found.push(`no name: ${element.outerHTML.slice(0, 80)}`);
    for (const element of document.querySelectorAll("[tabindex]"))
      if (Number(element.getAttribute("tabindex")) > 0) found.push("an order of its own");
    let level = 1;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
      const next = Number(heading.tagName.slice(1));
      if (next > level + 1) found.push(`a heading of level ${next} below ${level}`);
      level = next;
    }
    return found;
  });
}

/** Text that stands out less from what is behind it than 4.5 to 1 (WCAG 2.2, success criterion 1.4.3). */
function pale(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    /** The colour as it is painted over what is under it. */
    const painted = (colours: readonly string[]): readonly number[] => {
      context.clearRect(0, 0, 1, 1);
      for (const colour of colours) {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
      }
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (colour: readonly number[]): number => {
      const [red = 0, green = 0, blue = 0] = colour.map((each) => {
        const share = each / 255;
        return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const found: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const words = texts.currentNode.textContent?.trim();
      // What cannot be used now may be pale.
      if (!words || !element?.checkVisibility() || element.closest("script, style, :disabled, [aria-disabled=true]")) continue;
      const grounds: string[] = [];
      for (let at: Element | null = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
      grounds.unshift("white");
      const ground = luminance(painted(grounds));
      const ink = luminance(painted([...grounds, getComputedStyle(element).color]));
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      if (ratio < 4.5) found.push(`${ratio.toFixed(2)} to 1: ${words.slice(0, 40)}`);
    }
    return found;
  });
}

/** The loudness (RMS, of full scale) of what the page's player plays, once it is no silence any more. */
export function loudness(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { srcObject } = document.querySelector("audio")!;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(srcObject as MediaStream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return new Promise<number>((resolve) => {
      const look = () => {
        analyser.getFloatTimeDomainData(samples);
        const rms = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
        if (rms > 0.01) resolve(rms);
        else requestAnimationFrame(look);
      };
      look();
    });
  });
}
