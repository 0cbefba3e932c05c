/**
 * `npm run token` and `npm run outputs`: what a script needs from the running laptop, on standard output and nothing else there;
 * `npm run secret`: what a person puts into its vault; `npm run sip`: the trunk pointed at the line.
 */
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { wallClock } from "./clock.ts";
import { Home } from "./home.ts";
import { Directory } from "./identity/directory.ts";
import { secretCommand } from "./key-vault/command.ts";
import { sipCommand } from "./openai/sip-command.ts";

const roles = ["viewer", "supervisor", "admin"];

async function main(command: string | undefined, args: string[]): Promise<string> {
  const home = new Home(process.env);
  const running = await home.running();
  if (!running?.directory)
    throw new Error(
      `No laptop runs in ${home.folder}. Start one with \`npm start\`, or name its home: LAPTOP_HOME=/folder npm run …`,
    );
  if (command === "outputs") return JSON.stringify(await home.outputs(), null, 2);
  if (command === "secret") {
    const { keyVaultEndpoint: endpoint } = await home.outputs();
    // Only here, since it loads every stand-in.
    const { deployer } = await import("./provider/provider.ts");
    return secretCommand({ home, args, endpoint, directory: running.directory, deployer, value: () => text(process.stdin) });
  }
  if (command === "sip") {
    const { deployer } = await import("./provider/provider.ts");
    return sipCommand({ home, outputs: await home.outputs(), directory: running.directory, deployer });
  }
  const { values } = parseArgs({ args, options: { role: { type: "string" }, tenant: { type: "string" } } });
  if (!values.role || !roles.includes(values.role))
    throw new Error(
      `--role ${values.role ?? "(missing)"} is not a role; allowed are ${roles.join(", ")}. Example: npm run -s token -- --role viewer`,
    );
  const directory = await Directory.open({ folder: home.path("identity"), clock: wallClock });
  directory.origin = running.directory;
  return directory.staffToken({
    clientId: running.staffClientId,
    role: values.role,
    ...(values.tenant ? { tenant: values.tenant } : {}),
  });
}

try {
  process.stdout.write(`${await main(process.argv[2], process.argv.slice(3))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
