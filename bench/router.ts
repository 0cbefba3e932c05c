/**
 * `npm run bench:router -- [--data FOLDER] [--only part,...] [--json]`: how well the router ranks, what that saves, how fast it is and how
 * steady, beside simpler routers and published ones. Prints tables, the same to the digit each time but for the times of `speed`; with
 * `--json` one line instead.
 */
import { parseArgs } from "node:util";
import { saw, scorer, fit as weightsFrom } from "../training/fit.ts";
import { adapted } from "../training/in-domain.ts";
import { dataFolder, loadRows } from "../training/rows.ts";
import { type Part, parts, report } from "./router/report.ts";

const usage = `npm run bench:router -- [--data FOLDER] [--only ${parts.join(",")}] [--json]`;

/** The trainer's own. */
const seed = 1;

const { data, only, json } = readArguments();
try {
  const tables = await report({
    load: () => loadRows(dataFolder(data, process.env)),
    only,
    learner: { learn: (rows) => scorer(weightsFrom(rows, { seed })), saw },
    adaptation: adapted,
    nowMs: () => performance.now(),
    took: (part, ms) => process.stderr.write(`${part}: ${(ms / 1_000).toFixed(1)} s\n`),
  });
  if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(tables.map(({ title, figures }) => [title, figures])))}\n`);
  else for (const { text } of tables) process.stdout.write(`${text}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

function readArguments(): { data: string | undefined; only: ReadonlySet<Part>; json: boolean } {
  const options = { data: { type: "string" }, only: { type: "string" }, json: { type: "boolean", default: false } } as const;
  try {
    const { values } = parseArgs({ options });
    const asked = values.only?.split(",") ?? parts;
    const unknown = asked.filter((each) => !parts.includes(each as Part));
    if (unknown.length === 0) return { data: values.data, only: new Set(asked as Part[]), json: values.json };
    process.stderr.write(`--only: given "${unknown.join(",")}", allowed are ${parts.join(", ")}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
  }
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
