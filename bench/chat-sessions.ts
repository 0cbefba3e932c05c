/**
 * `npm run bench:chat -- --sessions 1000 [--at-once 8]`: sessions opened and closed on a laptop of its own, and what of them is left: peers,
 * sockets, side sockets, groups, timers, memory.
 */
import { numberFaults, readCommandLine } from "../command-line.ts";
import { startLaptop } from "../tests/support/laptop.ts";
import { openAndClose, type SessionsReport } from "./chat/sessions.ts";

const { values } = readCommandLine({
  usage: "npm run bench:chat -- --sessions 1000 --at-once 8",
  options: { sessions: { type: "string", default: "1000" }, "at-once": { type: "string", default: "8" } },
  check: (given) => [
    ...numberFaults("sessions", given.sessions, 1, 100_000),
    ...numberFaults("at-once", given["at-once"], 1, 200),
  ],
});
const sessions = Number(values.sessions);
const atOnce = Number(values["at-once"]);

/** Each is another person, and the app takes so many requests a second of one. */
const roles = ["viewer", "supervisor", "admin"] as const;

const laptop = await startLaptop();
let code = 1;
try {
  const place = {
    board: laptop.board,
    app: laptop.outputs.functionAppUrl ?? "",
    bridge: laptop.outputs.bridgeUrl ?? "",
    people: await Promise.all(roles.map(async (role) => `Bearer ${await laptop.token(role)}`)),
  };
  const report = await openAndClose(place, { sessions, atOnce }, (done) => {
    if (done % 100 === 0) console.log(`${done} sessions`);
  });
  print(report);
  const left = Object.entries(report.after).filter(([what, count]) => count > (report.before[what] ?? 0));
  code = left.length === 0 && report.answered === sessions ? 0 : 1;
} finally {
  await laptop.stop();
}
// The people's own ends of the connections, which are no part of the system, would keep this process for a while.
process.exit(code);

function print({ opened, answered, refused, before, after, memoryBytes, seconds }: SessionsReport): void {
  console.log(
    `${opened} sessions opened and closed in ${seconds.toFixed(0)} s, ${atOnce} at once; ${answered} answers metered, ${refused} openings refused and tried again.`,
  );
  console.table(Object.fromEntries(Object.keys(after).map((what) => [what, { before: before[what], after: after[what] }])));
  const megabytes = (bytes: number | undefined): string => `${((bytes ?? 0) / 1_048_576).toFixed(0)} MiB`;
  for (const what of Object.keys(memoryBytes.after))
    console.log(
      `memory of the ${what}: ${megabytes(memoryBytes.before[what])} before, ${megabytes(memoryBytes.after[what])} after`,
    );
}
