/** The laptop's home (`LAPTOP_HOME`, default `.laptop`): its data, its logs, and the two files other commands read. */
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** What `npm run phone` and `npm run token` need to know of the running laptop. Readable by the owner only: `lineToken` opens the phone line. */
export interface LaptopFile {
  readonly board: string;
  readonly phoneNumber: string;
  readonly lineToken: string;
  readonly pid: number;
  /** Where the directory listens, `https://localhost:<port>`, and the staff application's client id. */
  readonly directory: string;
  readonly staffClientId: string;
}

export class Home {
  readonly folder: string;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.folder = resolve(environment.LAPTOP_HOME ?? ".laptop");
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Takes the home for this process. Throws when another laptop runs in it, naming what to do. */
  async take(pid: number): Promise<void> {
    // It holds what callers said, and the keys that everything here trusts.
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const running = await this.running();
    if (running)
      throw new Error(
        `A laptop already runs in ${this.folder} (process ${running.pid}, ${running.board}).\nStop it, or start this one elsewhere: LAPTOP_HOME=/another/folder PORT=0 npm start`,
      );
    await writeFile(this.path("laptop.json"), JSON.stringify({ pid, board: "starting" }), { mode: 0o600 });
  }

  /** The laptop that runs in this home, if one does. */
  async running(): Promise<LaptopFile | undefined> {
    try {
      const file = JSON.parse(await readFile(this.path("laptop.json"), "utf8")) as LaptopFile;
      process.kill(file.pid, 0);
      return file;
    } catch {
      return undefined;
    }
  }

  async announce(file: LaptopFile, outputs: Readonly<Record<string, unknown>>): Promise<void> {
    await writeFile(this.path("outputs.json"), `${JSON.stringify(outputs, null, 2)}\n`);
    await chmod(this.path("laptop.json"), 0o600);
    await writeFile(this.path("laptop.json"), JSON.stringify(file));
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await readFile(this.path("outputs.json"), "utf8")) as Record<string, unknown>;
  }

  async leave(): Promise<void> {
    await rm(this.path("laptop.json"), { force: true });
    await rm(this.path("outputs.json"), { force: true });
  }
}
