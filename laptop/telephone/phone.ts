/** `npm run phone`: a caller from outside, on the laptop's telephone network. Prints both sides as the call goes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import WebSocket from "ws";
import { z } from "zod";
import { Caller, type Doing } from "./caller.ts";
import { type Command, Faults, readCommand, usage } from "./command.ts";
import { bytesOf, durationMs, loud, sampleRate, samplesOf } from "./frame.ts";
import type { Action, Sign } from "./line-protocol.ts";

const laptopFile = z.object({ board: z.url(), phoneNumber: z.string(), lineToken: z.string().min(1) });
type Laptop = z.infer<typeof laptopFile>;
/** Sound goes out in pieces of a second; the network plays them in real time. */
const pieceSamples = sampleRate;

/** Where the laptop's line is. Throws `Faults` when it does not run. */
export async function findLaptop(home: string): Promise<Laptop> {
  const file = join(home, "laptop.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new Faults([`The laptop does not run: there is no "${file}". Start it with \`npm start\` and wait for "Ready".`]);
  const parsed = laptopFile.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Faults([`The laptop is not ready: wait until \`npm start\` says "Ready", then run the command again.`]);
  return parsed.data;
}

/** Makes the call; resolves when it is over, rejects with `Faults` when it did not come about. */
export function call(laptop: Laptop, command: Command, print: (line: string) => void): Promise<void> {
  const url = new URL("/phone/line", laptop.board.replace(/^http/, "ws"));
  url.searchParams.set("number", command.from);
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${laptop.lineToken}` }, perMessageDeflate: false });
  const send = (action: Action): void => socket.send(JSON.stringify(action));
  const caller = new Caller(command.steps, command.hangUpAfterMs);
  const callee = command.to ?? laptop.phoneNumber;
  let words: string[] = [];

  const doNow = (doing: Doing): void => {
    if (doing.kind === "nothing understood") print("   them: (sound without simulated words)");
    if (doing.kind === "say") send({ kind: "say", words: doing.words });
    if (doing.kind === "hang up") send({ kind: "hang up" });
    if (doing.kind === "press") for (const digit of doing.digits) send({ kind: "press", digit });
    if (doing.kind === "press") print(`     me: [${doing.digits.join("")}]`);
    if (doing.kind !== "play") return;
    print(`     me: [${doing.name}, ${(durationMs(doing.pcm) / 1_000).toFixed(1)} s]`);
    for (let at = 0; at < doing.pcm.length; at += pieceSamples) socket.send(bytesOf(doing.pcm.subarray(at, at + pieceSamples)));
    caller.speaksFor(durationMs(doing.pcm));
  };
  const hear = (data: Buffer): void => {
    const pcm = samplesOf(data);
    const heard = words;
    words = [];
    for (const doing of caller.hear(loud({ pcm, silent: false }), heard)) doNow(doing);
  };

  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (fault: string): void => {
      reject(new Faults([fault]));
      socket.close();
    };
    const read = (sign: Sign): void => {
      if (sign.kind === "ready") send(command.to ? { kind: "dial", to: command.to } : { kind: "dial" });
      if (sign.kind === "calling") print(`Calling ${sign.to} from ${command.from} ...`);
      if (sign.kind === "connected") connected = true;
      if (sign.kind === "connected") print("Connected.");
      if (sign.kind === "heard") print(`   them: ${sign.words}`);
      if (sign.kind === "heard") words.push(sign.words);
      if (sign.kind === "saying") print(`     me: ${sign.words}`);
      if (sign.kind === "saying") caller.speaksFor(sign.durationMs);
      if (sign.kind === "pressed") print(`   them: [${sign.digit}]`);
      if (sign.kind === "text") print(`    SMS: ${sign.text.words}`);
      if (sign.kind === "fault") fail(sign.message);
      if (sign.kind !== "ended") return;
      if (!connected) {
        fail(`${callee} could not be reached: ${sign.reason}.`);
        return;
      }
      print(`The call has ended: ${sign.reason}.`);
      socket.close();
      resolve();
    };
    socket.on("message", (data, binary) => (binary ? hear(data as Buffer) : read(JSON.parse(data.toString()) as Sign)));
    socket.on("error", (error) => fail(unreachable(laptop, error)));
    socket.on("close", () => fail("The laptop closed the line. See its output for the reason."));
  });
}

function unreachable(laptop: Laptop, error: Error): string {
  if (error.message.includes("401"))
    return "The laptop does not accept this line token: it was started again since. Run the command once more.";
  return `The laptop at ${laptop.board} does not answer. Start it with \`npm start\` and wait for "Ready".`;
}

/** The command's whole life; answers its exit code. */
export async function phone(args: readonly string[], home: string): Promise<number> {
  try {
    const command = await readCommand(args);
    if (command === "help") process.stdout.write(usage);
    else await call(await findLaptop(home), command, (line) => process.stdout.write(`${line}\n`));
    return 0;
  } catch (error) {
    if (!(error instanceof Faults)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = await phone(process.argv.slice(2), process.env.LAPTOP_HOME ?? ".laptop");
