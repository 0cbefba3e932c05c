/**
 * One client's connection: nothing passes before its token is verified; afterwards commands pass as they are, except those that carry
 * credentials (a token renewed on a live connection included), which reach the engine with its own.
 */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { type Command, CommandReader, encode, ProtocolError } from "./commands.ts";
import type { Engine } from "./engine.ts";

/** When the token given for `username` ends, in milliseconds since the epoch; `undefined` when it opens nothing. */
export type Verify = (username: string, token: string) => Promise<number | undefined>;

const noAuth = "-NOAUTH Authentication required.\r\n";
const helloNoAuth =
  "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used" +
  " to authenticate the client and select the RESP protocol version at the same time\r\n";
const wrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

/** Commands of a server's operator, which a managed service keeps to itself (Redis Enterprise, "compatibility with open source commands"). */
const withheld = new Set([
  "ACL",
  "BGREWRITEAOF",
  "BGSAVE",
  "DEBUG",
  "FAILOVER",
  "MIGRATE",
  "MODULE",
  "PSYNC",
  "REPLICAOF",
  "SAVE",
  "SHUTDOWN",
  "SLAVEOF",
  "SYNC",
]);

/** Runs until either side hangs up, or the token has expired without a new one: then the service hangs up. */
export async function converse(client: Socket, engine: Engine, verify: Verify, clock: Clock): Promise<void> {
  const reader = new CommandReader();
  let upstream: Socket | undefined;
  let cancelExpiry = () => {};

  function admit(expiresMs: number): Socket {
    cancelExpiry();
    cancelExpiry = clock.after(Math.max(0, expiresMs - clock.nowMs()), () => client.destroy());
    if (upstream) return upstream;
    const opened = engine.connect();
    opened.on("error", () => client.destroy());
    opened.pipe(client);
    upstream = opened;
    return opened;
  }

  async function handle(command: Command): Promise<void> {
    const login = loginOf(command);
    const expiresMs = login && (await verify(login.username, login.password));
    if (expiresMs !== undefined) admit(expiresMs).write(encode(rewritten(command, engine.credentials)));
    else if (!upstream) client.write(answerBefore(command, login !== undefined));
    // Refused by the engine itself, so that the answer keeps its place among those still on their way.
    else if (login) upstream.write(encode(rewritten(command, { username: "nobody", password: "-" })));
    else if (withheld.has(nameOf(command))) upstream.write(encode([`(${nameOf(command)})`]));
    else if (!upstream.write(encode(command))) await drained(upstream);
  }

  try {
    for await (const chunk of client) {
      for (const command of reader.read(chunk as Buffer)) await handle(command);
    }
  } catch (error) {
    if (error instanceof ProtocolError) client.write(`-ERR ${error.message}\r\n`);
  } finally {
    cancelExpiry();
    client.end();
    upstream?.destroy();
  }
}

const nameOf = (command: Command): string => command[0]?.toString("latin1").toUpperCase() ?? "";

function answerBefore(command: Command, isLogin: boolean): string {
  if (isLogin || nameOf(command) === "AUTH") return wrongPass;
  return nameOf(command) === "HELLO" ? helloNoAuth : noAuth;
}

/** Where in the command the user name stands, the password being next: `AUTH user password`, `HELLO 3 … AUTH user password …`. */
function loginAt(command: Command): number | undefined {
  const name = nameOf(command);
  if (name === "AUTH") return command.length === 3 ? 1 : undefined;
  if (name !== "HELLO") return undefined;
  const option = command.findIndex((word, at) => at > 1 && word.toString("latin1").toUpperCase() === "AUTH");
  return option > 1 && command.length > option + 2 ? option + 1 : undefined;
}

function loginOf(command: Command): { readonly username: string; readonly password: string } | undefined {
  const at = loginAt(command);
  if (at === undefined) return undefined;
  return { username: command[at]?.toString() ?? "", password: command[at + 1]?.toString() ?? "" };
}

function rewritten(command: Command, { username, password }: Engine["credentials"]): (Buffer | string)[] {
  const at = loginAt(command) ?? command.length;
  return command.map((word, index) => (index === at ? username : index === at + 1 ? password : word));
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}
