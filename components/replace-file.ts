import { rename, writeFile } from "node:fs/promises";

/** Writes a file whole or not at all: whoever reads it meanwhile, another start of the program, gets the old one or the new one. */
export async function replaceFile(path: string, contents: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, contents);
  await rename(draft, path);
}
