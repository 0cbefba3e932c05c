import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";

/** A command of the repository: its exit code and what it said. */
const run = (script: string, ...args: string[]): Promise<{ readonly status: unknown; readonly said: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, said: `${stdout}${stderr}` }),
    );
  });

describe.concurrent("a command of the repository", () => {
  test("says everything that is wrong with its arguments, and how it is used, without a stack", async () => {
    const { status, said } = await run("tests/simulation/simulate.ts", "words", "--sed", "4", "--schedules", "0", "--threads");
    expect(status).toBe(2);
    expect(said).toContain("words: no words are taken here");
    expect(said).toContain("--sed: no such option; there is --seed, --schedules, --threads");
    expect(said).toContain("--threads: its value is missing");
    expect(said).toContain("npm run simulate -- --seed N");
    expect(said).not.toContain("    at ");
  });

  test("says what its values may be", async () => {
    const { status, said } = await run("tests/simulation/simulate.ts", "--seed", "x", "--schedules", "0");
    expect(status).toBe(2);
    expect(said).toContain('--seed: given "x", allowed is a whole number from 0 to');
    expect(said).toContain('--schedules: given "0", allowed is a whole number from 1 to');
  });

  test("explains itself", async () => {
    const { status, said } = await run("runtime/router/command.ts", "--help");
    expect(status).toBe(0);
    expect(said).toContain("npm run -s route -- --jsonl");
  });

  test("takes one of two ways to be used, and not neither", async () => {
    const { status, said } = await run("runtime/router/command.ts");
    expect(status).toBe(2);
    expect(said).toContain("Give a message or --jsonl, one of the two.");
  });
});
