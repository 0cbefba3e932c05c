/** The committed settings of a stack, as its file holds them. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** Name to value of `Pulumi.<stack>.yaml`, without the project's prefix. Throws for a name of another project. */
export async function readStackFile(file: string, project = "switchboard"): Promise<Record<string, unknown>> {
  const { config = {} } = parse(await readFile(file, "utf8")) as { config?: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (!name.startsWith(`${project}:`))
        throw new Error(`${file}: "${name}" belongs to no "${project}:"; write ${project}:${name}.`);
      return [name.slice(project.length + 1), value];
    }),
  );
}
