import { readFileSync } from "node:fs";

/**
 * The command of a container that runs one of our packages in a stock Node image: fetch, verify, unpack, import (start-package.mjs).
 * It reads PACKAGE_URL and PACKAGE_SHA256 beside the platform's identity variables and AZURE_CLIENT_ID.
 */
export function startCommand(): string[] {
  return ["node", "--input-type=module", "-e", readFileSync(new URL("start-package.mjs", import.meta.url), "utf8")];
}
