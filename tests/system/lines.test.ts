/** The same conversation on the other lines a number can have: each a running laptop of its own, set up as its page in docs says. */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Phone } from "../support/caller.ts";
import { freshHome, type RunningLaptop, startLaptop } from "../support/laptop.ts";

interface OtherLine {
  readonly carrier: "sip" | "twilio";
  readonly settings: object;
  /** What a person does once the laptop runs. */
  readonly setUp: (laptop: RunningLaptop) => Promise<void>;
}

function command(laptop: RunningLaptop, args: readonly string[], input = ""): void {
  execFileSync(process.execPath, ["laptop/commands.ts", ...args], { env: { ...process.env, LAPTOP_HOME: laptop.home }, input });
}

const lines: readonly OtherLine[] = [
  { carrier: "sip", settings: {}, setUp: async (laptop) => command(laptop, ["sip"]) },
  {
    carrier: "twilio",
    settings: { twilioAccount: `AC${"0123456789abcdef".repeat(2)}` },
    setUp: async (laptop) =>
      command(laptop, ["secret", "set", "twilio-auth-token"], await readFile(join(laptop.home, "twilio-auth-token"), "utf8")),
  },
];

test.concurrent.each(lines)(
  "C4: a caller on a number that $carrier carries is heard, answered and written down",
  {
    timeout: 150_000,
  },
  async ({ carrier, settings, setUp }) => {
    const home = await freshHome();
    await writeFile(join(home, "settings.yaml"), JSON.stringify({ config: { phone: { carrier, ...settings } } }));
    const laptop = await startLaptop({ LAPTOP_HOME: home, LAPTOP_SETTINGS: join(home, "settings.yaml") });
    try {
      await setUp(laptop);
      const phone = await Phone.at(laptop, "+33612346001");
      await phone.calls();
      await phone.says("My bicycle was stolen in Bristol.");
      await phone.says("Nothing else, goodbye.");
      await phone.ended();
      expect(phone.heard).toMatch(/How can I help you\?/);
      expect(phone.heard).toMatch(/noted/);
      const call = await vi.waitFor(
        async () => {
          const now = await laptop.call(phone.number);
          expect(now).toMatchObject({ status: "ended", ended_reason: "completed" });
          return now;
        },
        { timeout: 60_000, interval: 500 },
      );
      expect(call).toMatchObject({ carrier, claim: { incident_description: expect.stringMatching(/bicycle/) } });
    } finally {
      await laptop.stop();
    }
  },
);
