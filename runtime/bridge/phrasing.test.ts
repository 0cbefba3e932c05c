import { expect, test } from "vitest";
import { callFacts } from "../../tests/support/call-story.ts";
import { phrase } from "./phrasing.ts";
import { newSession, type Session } from "./session-state.ts";

const goodbyes = ["Goodbye.", "Take care.", "Until next time."] as const;

function picks(seed: number, times: number): string[] {
  const facts = callFacts({ seed });
  let session: Session = newSession({ ...facts, phrases: { ...facts.phrases, goodbye_tpl: [...goodbyes] } });
  return Array.from({ length: times }, () => {
    const picked = phrase(session, "goodbye_tpl");
    session = picked.session;
    return picked.text;
  });
}

test("of several phrasings all are said, and none twice running", () => {
  const said = picks(1, 200);
  expect(new Set(said)).toEqual(new Set(goodbyes));
  expect(said.filter((each, at) => each === said[at - 1])).toEqual([]);
});

test("the same seed says the same, another one something else", () => {
  expect(picks(5, 20)).toEqual(picks(5, 20));
  expect(picks(5, 20)).not.toEqual(picks(6, 20));
});

test("the only phrasing is said again", () => {
  const session = newSession(callFacts());
  const first = phrase(session, "error_tpl");
  expect(phrase(first.session, "error_tpl").text).toBe(first.text);
});
