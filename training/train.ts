/**
 * `npm run router:train`: learns the router's weights and the dial's curve from the public data and our own words, and writes them.
 * `-- --check` only says whether the committed weights are what the data gives; `-- --data FOLDER` says where the data lies.
 * `-- --labels FILE --out FILE` fits the committed weights to a customer's own labels and leaves the committed file alone.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCommandLine } from "../command-line.ts";
import type { Weights } from "../runtime/router/model.ts";
import { adaptCommand } from "./adapt.ts";
import { measuredCurve } from "./curve.ts";
import { isTaught, type OwnWords, ownWords } from "./examples.ts";
import { saw, fit as weightsFrom } from "./fit.ts";
import { dataFolder, loadRows, type Row } from "./rows.ts";

const seed = 1;
const committed = join(import.meta.dirname, "../runtime/router/weights.json");

/** The whole of what is committed, as text. */
export function trained(rows: readonly Row[], own: readonly OwnWords[] = ownWords()): string {
  const taught = rows.filter(isTaught);
  const weights: Weights = {
    ...weightsFrom(taught.filter(saw), { seed, own }),
    learnedFrom: fingerprint(taught, own),
    curve: measuredCurve(taught, seed),
  };
  return `${JSON.stringify(weights)}\n`;
}

function fingerprint(rows: readonly Row[], own: readonly OwnWords[]): string {
  const hash = createHash("sha256");
  for (const { file, prompt, weak_score, strong_score, all_scores } of rows)
    hash.update(JSON.stringify([file, prompt, weak_score, strong_score, all_scores]));
  for (const { kind, need, text } of own) hash.update(JSON.stringify([kind, need, text]));
  return hash.digest("hex");
}

/** The rows, or none where there is no data: a customer's labels can be learned from without it. */
function rowsIfThere(folder: string): Row[] {
  return existsSync(folder) ? loadRows(folder) : [];
}

/** What the command line asks for, done; the sentence to print. */
function run(values: {
  data?: string | undefined;
  check?: boolean | undefined;
  labels?: string | undefined;
  out?: string | undefined;
}): string {
  const folder = dataFolder(values.data, process.env);
  if (values.labels !== undefined && values.out !== undefined) {
    return adaptCommand(
      { labels: values.labels, out: values.out },
      JSON.parse(readFileSync(committed, "utf8")),
      rowsIfThere(folder),
    );
  }
  const text = trained(loadRows(folder));
  const said = `${Buffer.byteLength(text)} bytes, SHA-256 ${createHash("sha256").update(text).digest("hex")}`;
  if (!values.check) {
    writeFileSync(committed, text);
    return `runtime/router/weights.json: ${said}`;
  }
  // By content: a formatter may have broken the lines of the committed file.
  if (JSON.stringify(JSON.parse(readFileSync(committed, "utf8"))) === text.trim())
    return `runtime/router/weights.json is what this data gives: ${said}`;
  throw new Error(
    "runtime/router/weights.json is not what this data gives. Run npm run router:train, look at what changed, and commit it.",
  );
}

if (import.meta.main) {
  const { values } = readCommandLine({
    usage: "npm run router:train -- [--data FOLDER] [--check | --labels FILE --out FILE]",
    options: { data: { type: "string" }, check: { type: "boolean" }, labels: { type: "string" }, out: { type: "string" } },
    check: ({ labels, out }) =>
      (labels === undefined) === (out === undefined)
        ? []
        : ["Give --labels FILE and --out FILE together: from what to learn, and where to."],
  });
  try {
    console.log(run(values));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
