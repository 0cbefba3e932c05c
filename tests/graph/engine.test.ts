/**
 * The real engine, where its CLI is on the PATH: `up`, a second preview that finds nothing to do, `destroy`, of the committed stacks, against the
 * laptop's provider over gRPC. State lies in a folder of the test's own.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Config, stackConfig } from "../../laptop/program.ts";
import { run } from "../support/laptop.ts";

const root = resolve(import.meta.dirname, "../..");

function hasCli(): boolean {
  try {
    execFileSync("pulumi", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const cli = hasCli();
if (!cli) process.stdout.write("Skipped: the pulumi CLI is not on the PATH, so the graph is not run under the real engine.\n");

interface Served {
  readonly environment: Record<string, string>;
  readonly config: Config;
}

describe.skipIf(!cli)("under the real engine", () => {
  let folder: string;
  let engine: ChildProcess;
  let served: Served;
  const project = () => join(folder, "project");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "switchboard-engine-"));
    // A project of its own, since a stack's file gets the salt of its secrets written into it.
    await mkdir(project());
    await mkdir(join(folder, "state"));
    for (const name of [
      "index.ts",
      "components",
      "stacks",
      "runtime",
      "web",
      "policy",
      "node_modules",
      "package.json",
      "tsconfig.json",
    ])
      await symlink(join(root, name), join(project(), name));
    await cp(join(root, "Pulumi.yaml"), join(project(), "Pulumi.yaml"));
    engine = spawn(process.execPath, ["laptop/engine.ts"], {
      cwd: root,
      env: { ...process.env, LAPTOP_HOME: join(folder, "home") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    served = await new Promise<Served>((answer, fail) => {
      let printed = "";
      engine.stdout?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.endsWith("}\n")) answer(JSON.parse(printed) as Served);
      });
      engine.once("exit", (code) => fail(new Error(`the laptop's provider ended with ${code}`)));
    });
  });

  afterAll(async () => {
    const end = new Promise((done) => engine.once("exit", done));
    engine.kill("SIGTERM");
    await end;
    await rm(folder, { recursive: true, force: true });
  });

  const pulumi = (...args: string[]) =>
    run(
      [
        "-e",
        "process.exitCode = require('node:child_process').spawnSync('pulumi', process.argv.slice(1), { stdio: 'inherit' }).status",
        "--",
        ...args,
        "--cwd",
        project(),
        "--non-interactive",
      ],
      {
        ...process.env,
        ...served.environment,
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_HOME: join(folder, "pulumi"),
        PULUMI_CONFIG_PASSPHRASE: "a test's own",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    );

  test("a wrong settings file is refused with its faults alone", async () => {
    await writeFile(
      join(project(), "Pulumi.wrong.yaml"),
      stringify({ config: { "switchboard:environment": "dev", "switchboard:locaton": "nowhere" } }),
    );
    expect(await pulumi("stack", "init", "wrong")).toMatchObject({ code: 0 });
    const up = await pulumi("up", "--yes", "--skip-preview", "--stack", "wrong");
    expect(up.said).toContain("Nothing was deployed.");
    expect(up.said).toContain('did you mean "location"');
    expect(up.said).not.toContain("    at ");
    expect(up.code).not.toBe(0);
  }, 60_000);

  test.each(["laptop", "dev"])(
    "%s goes up, has nothing left to do, holds no secret, and comes down",
    async (stack) => {
      const config = {
        ...(await stackConfig(join(root, `Pulumi.${stack}.yaml`))),
        cloud: { ...(served.config.cloud as object), publicScheme: stack === "laptop" ? "http" : "https" },
      };
      const settings = Object.fromEntries(Object.entries(config).map(([name, value]) => [`switchboard:${name}`, value]));
      await writeFile(join(project(), `Pulumi.${stack}.yaml`), stringify({ config: settings }));
      expect(await pulumi("stack", "init", stack)).toMatchObject({ code: 0 });
      const up = await pulumi("up", "--yes", "--skip-preview", "--stack", stack);
      expect(up.said).toMatch(/\+ \d+ created/);
      expect(up.code, up.said).toBe(0);
      const again = await pulumi("preview", "--expect-no-changes", "--diff", "--stack", stack);
      expect(again.code, again.said).toBe(0);
      const changed = { ...settings, "switchboard:tags": { changed: "yes" }, "switchboard:flags": { recording_enabled: true } };
      await writeFile(
        join(project(), `Pulumi.${stack}.yaml`),
        `${(await readFile(join(project(), `Pulumi.${stack}.yaml`), "utf8")).split("config:")[0]}${stringify({ config: changed })}`,
      );
      const update = await pulumi("up", "--yes", "--stack", stack);
      expect(update.code, update.said).toBe(0);
      expect(update.said).toMatch(/~ \d+ updated/);
      expect(update.said).not.toMatch(/replaced/);
      const state = await readFile(join(folder, "state", ".pulumi", "stacks", "switchboard", `${stack}.json`), "utf8");
      expect(state).not.toMatch(/AccountKey=|SharedAccessSignature|[?&]sig=|"(primary|secondary)(Connection|Key)/i);
      const destroy = await pulumi("destroy", "--yes", "--skip-preview", "--stack", stack);
      expect(destroy.said).toMatch(/- \d+ deleted/);
      expect(destroy.code, destroy.said).toBe(0);
      const { bridgeUrl } = JSON.parse((await pulumi("stack", "output", "--json", "--stack", stack)).said || "{}") as {
        bridgeUrl?: string;
      };
      expect(bridgeUrl).toBeUndefined();
      await expect(
        fetch(`http://${String((served.config.cloud as { appHostName: string }).appHostName)}/report`),
      ).rejects.toThrow();
    },
    240_000,
  );
});
