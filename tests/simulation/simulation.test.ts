import { expect, test } from "vitest";
import { simulate } from "./simulation.ts";
import { inWords, surveyOn } from "./survey.ts";

const schedules = 10_000;
const threads = 2;
const longestMs = 600_000;

test("a schedule is the same whenever it is replayed", async () => {
  const [first, second] = [await simulate(7, undefined, true), await simulate(7, undefined, true)];
  expect(first.trace.length).toBeGreaterThan(100);
  expect(second).toEqual(first);
});

test(
  `${schedules} schedules of calls with faults and reorderings keep every promise`,
  async () => {
    const startMs = performance.now();
    const { schedules: done, broken, sights } = await surveyOn(threads, 1, schedules);
    const seconds = (performance.now() - startMs) / 1_000;
    console.log(`${done} schedules in ${seconds.toFixed(1)} s on ${threads} threads, ${Math.round(done / seconds)} a second`);
    expect(broken[0] ? await inWords(broken[0]) : "").toBe("");
    expect(done).toBe(schedules);
    // What was never tried has not been shown.
    expect([...sights.keys()]).toEqual(expect.arrayContaining(tried));
  },
  longestMs,
);

const tried = [
  "a bridge is killed with calls",
  "a bridge is told to stop with calls",
  "a call's sound goes on at another bridge",
  "a call's sound is back at its bridge",
  "a caller is handed over",
  "a colleague joins a caller on hold",
  "a function is killed while others or itself are at work",
  "a model's session is lost while opening",
  "a model's session is lost while ready",
  "a model's session is lost while ready and answering",
  "a model's session is lost while ready and hearing",
  "a model's session is lost while ready and answering and hearing",
  "a tool is answered to another session than asked for it",
  "a writer was slower than another",
  "an answer is cut short",
  "the database is asked while it is down",
  "the preferred engine comes back",
  "the service says its own words: goodbye",
  "the service says its own words: line",
];
