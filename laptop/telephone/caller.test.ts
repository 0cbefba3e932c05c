import { expect, test } from "vitest";
import { Caller, type Doing } from "./caller.ts";
import { readScript, type Step } from "./script.ts";

const say = (words: string, interrupting = false): Step => ({ kind: "say", words, interrupting });

/** Hears sound or quiet for so long; what the caller does is collected. */
function during(caller: Caller, loud: boolean, ms: number, words: readonly string[] = []): Doing[] {
  return Array.from({ length: ms / 20 }, (_, at) => caller.hear(loud, at === 0 ? words : [])).flat();
}

test("a caller speaks when the other side has finished, one thing a turn", () => {
  const caller = new Caller([say("one"), say("two")], 15_000);
  expect(during(caller, true, 2_000, ["Hello?"])).toEqual([]);
  expect(during(caller, false, 600)).toEqual([]);
  expect(during(caller, false, 200)).toEqual([say("one")]);
  caller.speaksFor(1_000);
  expect(during(caller, false, 3_000)).toEqual([]);
  expect(during(caller, true, 1_000, ["And?"])).toEqual([]);
  expect(during(caller, false, 1_000)).toEqual([say("two")]);
});

test("an answer that comes while the caller still speaks counts", () => {
  const caller = new Caller([say("one"), say("two")], 15_000);
  during(caller, false, 10_000);
  caller.speaksFor(4_000);
  during(caller, true, 1_000, ["Stop!"]);
  expect(during(caller, false, 2_500)).toEqual([]);
  expect(during(caller, false, 1_000)).toEqual([say("two")]);
});

test("a caller whom nobody greets speaks after ten seconds", () => {
  const caller = new Caller([say("hello?")], 15_000);
  expect(during(caller, false, 9_980)).toEqual([]);
  expect(during(caller, false, 20)).toEqual([say("hello?")]);
});

test("an interruption comes while the other side speaks", () => {
  const caller = new Caller([say("wait!", true)], 15_000);
  expect(during(caller, true, 180)).toEqual([]);
  expect(during(caller, true, 40)).toEqual([say("wait!", true)]);
});

test("after an interruption the rest of what was cut off is no answer: the next words wait for a turn", () => {
  const caller = new Caller([say("wait!", true), say("and then")], 15_000);
  during(caller, true, 220);
  caller.speaksFor(1_000);
  expect(during(caller, true, 400)).toEqual([]);
  expect(during(caller, false, 3_000)).toEqual([]);
  expect(during(caller, true, 1_000, ["Yes?"])).toEqual([]);
  expect(during(caller, false, 1_000)).toEqual([say("and then")]);
});

test("with nothing left to say it hangs up after the silence it was told, sooner after a goodbye", () => {
  const patient = new Caller([], 15_000);
  expect(during(patient, false, 14_980)).toEqual([]);
  expect(during(patient, false, 20)).toEqual([{ kind: "hang up" }]);
  expect(during(patient, false, 60_000)).toEqual([]);
  const parting = new Caller([], 15_000);
  during(parting, true, 1_000, ["Merci de votre appel. Au revoir !"]);
  expect(during(parting, false, 2_500)).toEqual([{ kind: "hang up" }]);
});

test("sound without words is told once a turn", () => {
  const caller = new Caller([{ kind: "wait", ms: undefined }], 60_000);
  during(caller, true, 1_000);
  expect(during(caller, false, 5_000)).toEqual([{ kind: "nothing understood" }]);
});

test("a script waits, presses keys and hangs up, each in its turn", () => {
  const faults: string[] = [];
  const steps = readScript("# a comment\n[wait]\n\n[dtmf 1 2#]\nHello there.\n[wait 3]\n[hang up]\n", faults);
  expect(faults).toEqual([]);
  const caller = new Caller(steps, 15_000);
  const turn = (): Doing[] => [...during(caller, true, 500, ["Well?"]), ...during(caller, false, 800)];
  expect(turn()).toEqual([]);
  expect(turn()).toEqual([{ kind: "press", digits: ["1", "2", "#"] }]);
  expect(turn()).toEqual([say("Hello there.")]);
  expect(during(caller, true, 4_000, ["Take your time."])).toEqual([]);
  expect(during(caller, false, 800)).toEqual([{ kind: "hang up" }]);
});

test("a script says every line it cannot read", () => {
  const faults: string[] = [];
  readScript("[dance]\nfine\n[dtmf x]\n[hang up] now\n[interrupt]", faults);
  expect(faults).toEqual([
    expect.stringContaining('line 1: "[dance]" is no command'),
    expect.stringContaining('line 3: "[dtmf x]" is no command'),
    expect.stringContaining('line 4: nothing may follow "[hang up]"'),
    expect.stringContaining("line 5: [interrupt] needs words"),
  ]);
});
