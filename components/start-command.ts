import { readFileSync } from "node:fs";

/**
 * The bridge makes much garbage of short life, sound under way, and keeps little: a small young generation (in MiB) holds 100 calls in some
 * 30 MiB instead of 140, at the same processor time (`npm run bench:bridge -- --calls 100`).
 */
export const nodeOptions = ["--max-semi-space-size=16"] as const;

/**
 * The command of a container that runs one of our packages in a stock Node image: fetch, verify, unpack, import (start-package.mjs).
 * It reads PACKAGE_URL and PACKAGE_SHA256 beside the platform's identity variables and AZURE_CLIENT_ID.
 */
export function startCommand(): string[] {
  return [
    "node",
    ...nodeOptions,
    "--input-type=module",
    "-e",
    readFileSync(new URL("start-package.mjs", import.meta.url), "utf8"),
  ];
}
