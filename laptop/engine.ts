/**
 * The laptop for the real engine: `node laptop/engine.ts` serves the provider over gRPC and prints, as one line of JSON, the environment and the
 * settings that `pulumi up --stack laptop` needs to reach it. Stays until SIGTERM.
 */
import * as pulumi from "@pulumi/pulumi";
import { boot } from "./boot.ts";
import { Home } from "./home.ts";
import { engineProvider } from "./provider/engine-provider.ts";
import { deployer, LaptopProvider } from "./provider/provider.ts";

const home = new Home(process.env);
await home.take(process.pid);
const { laptop, config } = await boot(home, process.env);

/** `pulumi.provider.main` tells its port by a line on standard output and in no other way. */
const port = await new Promise<string>((resolve, reject) => {
  const log = console.log;
  console.log = (line: string) => {
    console.log = log;
    resolve(line);
  };
  pulumi.provider.main(engineProvider(new LaptopProvider(laptop)), []).catch(reject);
});

const environment = {
  PULUMI_DEBUG_PROVIDERS: `azure-native:${port},azuread:${port}`,
  NODE_EXTRA_CA_CERTS: laptop.authority.file,
  // Code is shipped by the program itself, under whoever deploys.
  ...laptop.directory.machine([deployer.clientId]),
};
process.stdout.write(`${JSON.stringify({ environment, config })}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await laptop.close();
    await home.leave();
    process.exit(0);
  });
