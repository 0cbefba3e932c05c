/** `npm test`: types, style, import rules, unused code, then every test; the last line counts tests over all of it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const bin = (name: string): string => join("node_modules", ".bin", name);

const checks: readonly Check[] = [
  { name: "types", command: process.execPath, args: [join("node_modules", "typescript-7", "bin", "tsc"), "--noEmit"] },
  { name: "style", command: bin("biome"), args: ["check", "."] },
  {
    name: "imports",
    command: bin("depcruise"),
    args: ["--config", ".dependency-cruiser.json", "--output-type", "err-long", "."],
  },
  { name: "unused code", command: bin("knip"), args: [] },
  { name: "settings reference", command: process.execPath, args: ["docs/settings.ts", "--check"] },
];

/** Runs a command; its output is shown only when it fails. */
function run({ command, args }: Check, quiet: boolean): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("exit", (code) => resolve({ ok: code === 0, output }));
  });
}

const filters = process.argv.slice(2);
let passed = 0;
let failed = 0;
if (filters.length === 0) {
  const running = checks.map((check) => ({ name: check.name, result: run(check, true) }));
  for (const { name, result } of running) {
    const { ok, output } = await result;
    process.stdout.write(`${ok ? "✓" : "✗"} ${name}\n${ok ? "" : output}`);
    if (ok) passed += 1;
    else failed += 1;
  }
}

const folder = await mkdtemp(join(tmpdir(), "switchboard-test-"));
const report = join(folder, "report.json");
await run(
  {
    name: "tests",
    command: bin("vitest"),
    args: ["run", ...filters, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  },
  false,
);
const counts = existsSync(report)
  ? (JSON.parse(await readFile(report, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
      numFailedTestSuites: number;
      numPendingTests: number;
    })
  : undefined;
await rm(folder, { recursive: true, force: true });
passed += counts?.numPassedTests ?? 0;
// A file that cannot be loaded holds tests that were not run.
failed += counts ? Math.max(counts.numFailedTests, counts.numFailedTestSuites > 0 ? 1 : 0) : 1;
const skipped = counts?.numPendingTests ?? 0;
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exitCode = failed > 0 ? 1 : 0;
