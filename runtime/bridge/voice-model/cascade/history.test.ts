import { expect, test } from "vitest";
import { History } from "./history.ts";

const told = (history: History) => history.messages("You are Ada.").slice(1);
const tool = (toolCallId: string) => ({ toolCallId, name: "send_sms", argumentsJson: "{}" });

function conversation(): History {
  const history = new History();
  history.caller("turn-1", "I had an accident.");
  history.say("item-1", "I am sorry. ")(1_000);
  history.say("item-1", "Where are you now?")(1_500);
  return history;
}

test("instructions come first, then who said what", () => {
  expect(conversation().messages("You are Ada.")).toEqual([
    { role: "system", content: "You are Ada." },
    { role: "user", content: "I had an accident." },
    { role: "assistant", content: "I am sorry. Where are you now?" },
  ]);
});

test.each([
  [2_500, "I am sorry. Where are you now?"],
  [1_800, "I am sorry. Where are"],
  [1_000, "I am sorry."],
])("of an utterance heard for %i ms the words heard remain", (heardMs, words) => {
  const history = conversation();
  history.truncate("item-1", heardMs);
  expect(told(history).at(-1)).toEqual({ role: "assistant", content: words });
});

test("what was not heard at all was not said, and nothing is added to what was cut", () => {
  const history = conversation();
  history.truncate("item-1", 500);
  history.say("item-1", "More.");
  expect(told(history).at(-1)).toEqual({ role: "assistant", content: "I am" });
  const silent = conversation();
  silent.truncate("item-1", 0);
  expect(told(silent)).toEqual([{ role: "user", content: "I had an accident." }]);
});

test("a sentence without sound was not heard, though all before it was", () => {
  const history = conversation();
  history.say("item-1", "Are you hurt?");
  history.truncate("item-1", 2_500);
  expect(told(history).at(-1)).toEqual({ role: "assistant", content: "I am sorry. Where are you now?" });
});

test("what was about to be said when the answer was cancelled was not said", () => {
  const history = conversation();
  history.say("item-1", "Are you hurt?");
  history.unsay("item-1");
  expect(told(history).at(-1)).toEqual({ role: "assistant", content: "I am sorry. Where are you now?" });
  history.say("item-2", "Hello?");
  history.unsay("item-2");
  expect(told(history)).toHaveLength(2);
});

test("tools of one response stand together before their answers, whatever order those come in", () => {
  const history = new History();
  history.called("r1", tool("a"));
  history.called("r1", tool("b"));
  history.caller("turn-1", "Are you there?");
  history.answered("b", "sent");
  const roles = () => told(history).map((each) => ("tool_call_id" in each ? [each.tool_call_id, each.content] : each.role));
  expect(roles()).toEqual(["assistant", ["a", expect.stringContaining("not answered yet")], ["b", "sent"], "user"]);
  history.answered("a", "noted");
  expect(roles()[1]).toEqual(["a", "noted"]);
});

test("words that the content filter refuses are not sent again, and the rest is kept", () => {
  const history = conversation();
  history.caller("turn-2", "something forbidden");
  history.withhold();
  expect(JSON.stringify(told(history))).not.toContain("forbidden");
  expect(told(history)).toHaveLength(3);
});

test("after a fault the model is asked to go on where the caller stopped hearing it", () => {
  const history = conversation();
  expect(history.messages("", "item-1").at(-1)).toMatchObject({ role: "system", content: expect.stringContaining("Go on") });
  expect(history.messages("", "item-2").at(-1)).toMatchObject({ role: "assistant" });
});

test("a long call keeps its latest part, tools never without their call", () => {
  const history = new History();
  for (let at = 0; at < 200; at++) {
    history.called(`r${at}`, tool(`t${at}`));
    history.answered(`t${at}`, "done");
    history.caller(`turn-${at}`, `words ${at}`);
  }
  const messages = told(history);
  expect(messages.length).toBeLessThanOrEqual(120);
  expect(messages.at(-1)).toEqual({ role: "user", content: "words 199" });
  expect(messages[0]?.role).not.toBe("tool");
});
