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
/** A microphone that beeps, no questions about it, no sandbox (containers have none), and nothing sent home. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
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
