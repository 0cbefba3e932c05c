/**
 * `npm run bench:router -- [--data FOLDER] [--only part,...] [--json]`: how well the router ranks, what that saves, how fast it is and how
 * steady, beside simpler routers and published ones. Prints tables, the same to the digit each time but for the times of `speed`; with
 * `--json` one line instead.
 */
import { readCommandLine } from "../command-line.ts";
import { saw, scorer, fit as weightsFrom } from "../training/fit.ts";
import { adapted } from "../training/in-domain.ts";
import { dataFolder, loadRows } from "../training/rows.ts";
import { type Part, parts, report } from "./router/report.ts";

/** The trainer's own. */
const seed = 1;

const { values } = readCommandLine({
  usage: `npm run bench:router -- [--data FOLDER] [--only ${parts.join(",")}] [--json]`,
  options: {
    data: { type: "string" },
    only: { type: "string", default: parts.join(",") },
    json: { type: "boolean", default: false },
  },
  check: ({ only }) => {
    const unknown = only.split(",").filter((each) => !parts.includes(each as Part));
    return unknown.length === 0 ? [] : [`--only: given "${unknown.join(",")}", allowed are ${parts.join(", ")}`];
  },
});
try {
  const tables = await report({
    load: () => loadRows(dataFolder(values.data, process.env)),
    only: new Set(values.only.split(",") as Part[]),
    learner: { learn: (rows) => scorer(weightsFrom(rows, { seed })), saw },
    adaptation: adapted,
    nowMs: () => performance.now(),
    took: (part, ms) => process.stderr.write(`${part}: ${(ms / 1_000).toFixed(1)} s\n`),
  });
  if (values.json)
    process.stdout.write(`${JSON.stringify(Object.fromEntries(tables.map(({ title, figures }) => [title, figures])))}\n`);
  else for (const { text } of tables) process.stdout.write(`${text}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
