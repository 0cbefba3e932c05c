/** What is judged once a world has come to rest: the records against what was said, heard and done. */
import { isBeside } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { Message } from "../../runtime/calls/call.ts";
import type { Bridges } from "./bridges.ts";
import type { CallLine } from "./call-line.ts";
import type { Database } from "./database.ts";
import type { FunctionsApp } from "./functions-app.ts";
import type { Network } from "./network.ts";
import { type Item, msPerLetter } from "./sounds.ts";
import type { World } from "./world.ts";

export interface Rest {
  readonly network: Network;
  readonly database: Database;
  readonly functions: FunctionsApp;
  readonly bridges: Bridges;
  /** Nothing is going to happen any more. */
  readonly rests: boolean;
}

type Kept = ReturnType<Database["calls"]>[number];

/** What a bridge was told is kept within this: its writes' attempts together, and the one that is under way. */
const keptWithinMs = 30_000;
/** Of what is being said, a bridge that dies leaves all but the words of its last moments (half a second to the first word, and the write itself), and no more than it foresaw for the next two seconds. */
const unfinishedWithinMs = 1_300;
const foreseenMs = 2_000;
/** Between the bridge's clock and the phone's: the way there, and the end of an utterance that is taken as heard. */
const slackMs = 250;

export function judgeEnd(world: World, rest: Rest): void {
  const { judge } = world;
  const calls = rest.database.calls();
  for (const call of calls) judgeCall(world, rest, call);
  for (const line of rest.network.lines) judgeLine(world, line, calls);
  const left = rest.bridges.leftovers();
  if (left.length > 0) judge.broken("nothing is left of a call", left.join("; "));
  if (!rest.rests) judge.broken("nothing is left of a call", "something goes on for ever");
}

function judgeCall({ judge }: World, { network, functions }: Rest, { record, messages, isOpen }: Kept): void {
  const line = network.lineOf(record.call_id);
  const name = line?.name ?? "a call that was never connected";
  if (record.status !== "ended") judge.broken("every call ends", `${name} stays ${record.status}`);
  if (isOpen) judge.broken("every call ends", `${name} stays among the open calls`);
  const spoken = messages.some((each) => each.persona === "human" && each.action === "talk");
  // One that came about though it was said to have failed, or was called off before, is ended at once, with whatever was said until then.
  const givenUp = line?.unsure || record.ended_reason === "cancelled";
  if (spoken && !givenUp && !functions.queued.has(record.call_id))
    judge.broken("a conversation has its after-call work", `${name} has none`);
  const texts = judge.texts.get(record.phone_number) ?? 0;
  if (texts > 1) judge.broken("one text message after a call", `${name} gets ${texts}`);
  for (const message of messages) if (isSaid(message)) judgeMessage(judge, line, message);
}

/** Whatever is in a record was said in that call. */
function judgeMessage(judge: World["judge"], line: CallLine | undefined, { id, persona, content }: Message): void {
  const origin = persona === "human" ? judge.utterances.get(content) : itemOf(judge, id, content);
  if (!origin) judge.broken("the record holds what was heard and no more", `${id} holds what nobody said`);
  else if (origin.line !== line)
    judge.broken("no words of one call in another", `${id} of ${origin.line.name} is kept by ${line?.name}`);
}

function judgeLine(world: World, line: CallLine, calls: readonly Kept[]): void {
  const { judge } = world;
  const messages = calls.find((each) => each.record.call_id === line.callId)?.messages ?? [];
  for (const { utterance, bridge, atMs } of judge.acknowledged.values()) {
    if (utterance.line !== line) continue;
    const times = messages.filter((each) => each.persona === "human" && each.content === utterance.text).length;
    if (times > 1) judge.broken("no utterance is kept twice", `${utterance.itemId} of ${line.name} is kept ${times} times`);
    if (times === 0 && !wasKilled(bridge.killedAtMs, atMs))
      judge.broken("no acknowledged utterance is lost", `${utterance.itemId} of ${line.name} is not kept`);
  }
  for (const item of judge.items.values()) if (item.line === line) judgeItem(world, item, messages);
  for (const tool of judge.tools.values()) {
    if (tool.line !== line || tool.executions > 0 || wasKilled(tool.bridge.killedAtMs, tool.atMs)) continue;
    const asked = messages.some((each) => each.id === `tool-asked:${tool.toolCallId}`);
    // Without its claim nothing is done; then the model was told so.
    const refused = world.plan.databaseDown && messages.some((each) => each.id === `tool:${tool.toolCallId}`);
    if (asked && !refused) judge.broken("a tool that was asked for is executed", `${tool.toolCallId} of ${line.name} is not`);
  }
}

function judgeItem({ judge, plan }: World, item: Item, messages: readonly Message[]): void {
  const kept = messages.filter(
    (each) => isSaid(each) && each.persona === "assistant" && itemOf(judge, each.id, each.content) === item,
  );
  if (kept.length > 1) judge.broken("no utterance is kept twice", `${item.id} of ${item.line.name} is kept ${kept.length} times`);
  const [message] = kept;
  const words = message?.content ?? "";
  const heard = beforeLastWord(
    beforeLastWord(item.text.slice(0, Math.max(0, Math.floor((item.playedMs - slackMs) / msPerLetter)))),
  );
  const startsAtMs = item.playedAtMs - item.playedMs;
  const killed = wasKilled(item.bridge.killedAtMs, startsAtMs);
  const livedMs = (item.bridge.killedAtMs ?? 0) - startsAtMs;
  // A database that is down keeps nothing in time.
  const excused =
    killed && (plan.databaseDown || livedMs < unfinishedWithinMs || heard.length * msPerLetter > livedMs - unfinishedWithinMs);
  if (!isBeside(item.purpose) && words.length < heard.length && !excused)
    judge.broken(
      "no acknowledged utterance is lost",
      `${item.id} of ${item.line.name} is kept as ${words.length} letters of ${heard.length} heard`,
    );
  const allButLast = beforeLastWord(words);
  if (isBeside(item.purpose) && message)
    judge.broken("the record holds what was heard and no more", `${item.id} was said beside`);
  if (!item.text.startsWith(words) || allButLast.length * msPerLetter > item.playedMs + slackMs + (killed ? foreseenMs : 0))
    judge.broken(
      "the record holds what was heard and no more",
      `${item.id} of ${item.line.name} is kept as ${words.length} letters; ${Math.round(item.playedMs)} ms of ${item.generatedMs} ms were heard`,
    );
}

const isSaid = ({ action, content, persona }: Message): boolean => action === "talk" && content !== "" && persona !== "tool";

/** By the model's own id, or by its words when it is kept under another one. */
function itemOf({ items }: World["judge"], id: string, content: string): Item | undefined {
  return items.get(id.slice("assistant:".length)) ?? [...items.values()].find((each) => each.text.startsWith(content));
}

const beforeLastWord = (text: string): string => text.slice(0, Math.max(0, text.lastIndexOf(" ")));

/** A bridge that was killed had no time to keep it. */
const wasKilled = (killedAtMs: number | undefined, atMs: number): boolean =>
  killedAtMs !== undefined && killedAtMs >= atMs && killedAtMs - atMs < keptWithinMs;
