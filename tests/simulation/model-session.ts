/**
 * One session of a voice model: hears the caller's sound, answers turns, asks for tools; and is lost, refused, silent or late as the plan has
 * it. What it reports arrives in order, as over a socket.
 */
import type { ModelCommand, ModelEvent, Purpose, VoiceModel } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { CallLine } from "./call-line.ts";
import { inPieces, told } from "./model-words.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { type Item, msPerLetter, type Utterance } from "./sounds.ts";
import { toolNames } from "./tools.ts";
import type { World } from "./world.ts";

export interface SessionArgs {
  readonly line: CallLine;
  readonly process: SimulatedProcess;
  readonly report: (event: ModelEvent) => void;
}

interface Answering {
  readonly id: string;
  over: boolean;
}

/** Speech whose end is not heard is taken for noise after this. */
const noiseAfterMs = 4_000;
const alreadyAnswering = "conversation_already_has_active_response";

export class ModelSession implements VoiceModel {
  readonly #world: World;
  readonly #args: SessionArgs;
  readonly #in;
  readonly #out;
  readonly #tools = new Set<string>();
  readonly #generatedMs = new Map<string, number>();
  /** `lost` is reported as closed; what it still says is out of date. */
  #state: "opening" | "ready" | "silent" | "lost" | "closed" = "opening";
  #answering: Answering | undefined;
  #hearing: string | undefined;
  #givenMs = 0;

  constructor(world: World, args: SessionArgs) {
    this.#world = world;
    this.#args = args;
    this.#in = world.channel();
    this.#out = world.channel(60);
    const { random, plan } = world;
    if (world.trouble(plan.modelSilent)) return;
    const refused = world.trouble(plan.modelRefused);
    world.at(random.chance(0.9) ? random.between(20, 600) : random.between(600, 6_000), () => {
      if (refused) return this.#lose();
      if (this.#state !== "opening") return;
      this.#state = "ready";
      this.#tell({ kind: "ready" });
      if (world.trouble(plan.modelLost)) world.at(random.between(0, 12_000), () => this.#lose());
      else if (world.trouble(plan.modelSilent / 4)) world.at(random.between(0, 12_000), () => this.#fallSilent());
    });
  }

  get isClosed(): boolean {
    return this.#state === "closed" || this.#state === "lost";
  }

  send(command: ModelCommand): void {
    if (this.#state === "closed") return;
    this.#in.send(() => this.#take(command));
  }

  brief(): void {
    return;
  }

  close(): void {
    this.#state = "closed";
  }

  /** The bridge's process is gone. */
  orphan(): void {
    this.close();
  }

  #lose(): void {
    if (this.isClosed) return;
    this.#world.note(() => `${this.#args.line.name}: the model's session is lost`);
    this.#world.saw(
      `a model's session is lost while ${this.#state}${this.#answering ? " and answering" : ""}${this.#hearing ? " and hearing" : ""}`,
    );
    this.#state = "lost";
    this.#out.send(() => {
      if (!this.#args.process.alive || this.#state === "closed") return;
      this.#args.report({ kind: "closed" });
      if (this.#world.random.chance(0.3)) this.#sayLate();
    });
  }

  /** The socket stays open and nothing comes of it any more. */
  #fallSilent(): void {
    if (this.#state === "ready") this.#state = "silent";
  }

  /** Another answer was under way when the session was lost, and comes long after. */
  #sayLate(): void {
    const { line, process, report } = this.#args;
    const item = this.#newItem("answer", "late words of a lost session");
    const audio = this.#world.sounds.of({ of: "assistant", line, item, durationMs: 200, late: true }, 200);
    const responseId = this.#world.id("response");
    this.#world.at(this.#world.random.between(0, 3_000), () => {
      if (!process.alive) return;
      report({ kind: "response_started", responseId, purpose: "answer" });
      report({ kind: "speech", responseId, itemId: item.id, contentIndex: 0, audio });
    });
  }

  /** Reports events, one after the other at the same moment. */
  #tell(...events: readonly ModelEvent[]): void {
    if (this.#state !== "ready") return;
    this.#out.send(() => {
      for (const event of events) this.#report(event);
    });
  }

  #report(event: ModelEvent): void {
    if (!this.#args.process.alive || this.isClosed) return;
    this.#world.note(() => `${this.#args.line.name}: model ${told(event)}`);
    this.#acknowledge(event);
    this.#args.report(event);
  }

  /** What the bridge has been told from here on must not get lost. */
  #acknowledge(event: ModelEvent): void {
    const { judge, scheduler } = this.#world;
    const { line, process: bridge } = this.#args;
    const { nowMs: atMs } = scheduler;
    if (event.kind === "turn_heard" && event.text && !judge.acknowledged.has(event.itemId))
      judge.acknowledged.set(event.itemId, { utterance: { line, itemId: event.itemId, text: event.text }, bridge, atMs });
    if (event.kind === "tool_call" && !judge.tools.has(event.toolCallId))
      judge.tools.set(event.toolCallId, { line, toolCallId: event.toolCallId, bridge, atMs, executions: 0 });
  }

  #take(command: ModelCommand): void {
    if (this.#state !== "ready") return;
    switch (command.kind) {
      case "hear":
        this.#hear(command.audio.base64.toString("latin1"), command.audio.durationMs);
        break;
      case "respond":
        this.#respond(command.purpose, command.say);
        break;
      case "cancel":
        this.#cancel(command.responseId);
        break;
      case "truncate":
        this.#truncate(command.itemId, command.heardMs);
        break;
      case "tool_result":
        this.#answerOf(command);
        break;
      case "note":
      case "clear":
        break;
    }
  }

  #answerOf({ toolCallId, call }: Extract<ModelCommand, { kind: "tool_result" }>): void {
    if (call) this.#world.saw("a tool is answered to another session than asked for it");
    else if (!this.#tools.has(toolCallId)) this.#strange("the answer of a tool it did not ask for");
  }

  #hear(base64: string, durationMs: number): void {
    this.#givenMs += durationMs;
    const piece = this.#world.sounds.known(base64);
    if (piece?.of !== "caller") return;
    const { line, utterance, part } = piece;
    if (line !== this.#args.line)
      this.#world.judge.broken("no sound of one call in another", `the model of ${this.#args.line.name} hears ${line.name}`);
    if (part === "first") this.#begins(utterance);
    else if (this.#hearing === utterance.itemId) this.#ends(utterance, this.#world.random.chance(0.9) ? utterance.text : "");
  }

  #begins(utterance: Utterance): void {
    if (this.#hearing !== undefined) return;
    this.#hearing = utterance.itemId;
    this.#tell({ kind: "speech_started", audioStartMs: this.#givenMs, paddingMs: 300 });
    this.#world.at(noiseAfterMs, () => this.#hearing === utterance.itemId && this.#ends(utterance, ""));
  }

  #ends({ itemId }: Utterance, text: string): void {
    this.#hearing = undefined;
    const { random } = this.#world;
    const heard: ModelEvent = { kind: "turn_heard", itemId, text, ...(random.chance(0.2) ? { language: "fr-FR" } : {}) };
    const tellHeard = () => this.#tell(heard);
    // Words may be known before the turn is over, right after it, late, and twice.
    const early = random.chance(0.1);
    if (early) tellHeard();
    this.#tell({ kind: "speech_stopped" });
    this.#tell({ kind: "turn_ended", itemId });
    if (!early || random.chance(0.1))
      this.#world.at(random.chance(0.7) ? random.between(0, 300) : random.between(300, 2_500), tellHeard);
    if (!this.#answering) this.#answer("answer");
  }

  #respond(purpose: Purpose, say: string | undefined): void {
    const fails = this.#world.trouble(this.#world.plan.responseFails / 3);
    const code = this.#answering ? alreadyAnswering : fails ? "server_error" : undefined;
    if (code) this.#tell({ kind: "refused", code, purpose });
    else this.#answer(purpose, say);
  }

  /** Words and their sound come in pieces, faster than they are played; perhaps a tool is asked for. */
  #answer(purpose: Purpose, say?: string): void {
    const { random, plan } = this.#world;
    const answering: Answering = { id: this.#world.id("response"), over: false };
    this.#answering = answering;
    const item = this.#newItem(purpose, "");
    const words = say?.split(" ") ?? Array.from({ length: random.whole(2, 8) }, (_, at) => `${item.id}word${at}`);
    const fails = this.#world.trouble(plan.responseFails);
    const tool = say === undefined && this.#world.trouble(plan.toolCalled);
    const silent = tool && random.chance(0.5);
    const pieces = silent ? [] : inPieces(words, random.whole(2, 5));
    let afterMs = random.chance(0.9) ? random.between(20, 800) : random.between(800, 9_000);
    const later = (act: () => void) => this.#world.at(afterMs, () => !answering.over && this.#state === "ready" && act());
    later(() => this.#tell({ kind: "response_started", responseId: answering.id, purpose }));
    for (const [at, text] of pieces.entries()) {
      afterMs += random.chance(0.95) ? random.between(5, 150) : random.between(500, 3_000);
      if (fails && at > 0) break;
      later(() => this.#say(answering, item, text));
    }
    if (tool) later(() => this.#askFor(answering));
    afterMs += random.between(1, 60);
    later(() => this.#over(answering, fails ? "failed" : "completed"));
  }

  #say({ id: responseId }: Answering, item: Item, text: string): void {
    const { line } = this.#args;
    const durationMs = text.length * msPerLetter;
    item.text += text;
    item.generatedMs += durationMs;
    this.#generatedMs.set(item.id, item.generatedMs);
    const audio = this.#world.sounds.of({ of: "assistant", line, item, durationMs, late: false }, durationMs);
    const words: ModelEvent = { kind: "words", responseId, itemId: item.id, text };
    const speech: ModelEvent = { kind: "speech", responseId, itemId: item.id, contentIndex: 0, audio };
    // In either order, and together: of words whose sound was lost on its way nobody could tell that they were not heard.
    this.#tell(...(this.#world.random.chance(0.5) ? [words, speech] : [speech, words]));
  }

  #askFor({ id: responseId }: Answering): void {
    const { random } = this.#world;
    const toolCallId = this.#world.id("tool");
    this.#tools.add(toolCallId);
    const call: ModelEvent = { kind: "tool_call", responseId, toolCallId, name: random.pick(toolNames), argumentsJson: "{}" };
    this.#tell(call);
    if (random.chance(0.2)) this.#tell(call);
  }

  #cancel(responseId: string): void {
    if (this.#answering?.id !== responseId) return;
    this.#world.saw("an answer is cut short");
    this.#over(this.#answering, "cancelled");
  }

  #over(answering: Answering, outcome: "completed" | "cancelled" | "failed"): void {
    answering.over = true;
    if (this.#answering === answering) this.#answering = undefined;
    this.#tell({ kind: "response_ended", responseId: answering.id, outcome });
  }

  #truncate(itemId: string, heardMs: number): void {
    const generatedMs = this.#generatedMs.get(itemId);
    // The service refuses both: an item it does not know, and an end beyond its sound.
    if (generatedMs !== undefined && heardMs > generatedMs) this.#strange(`${heardMs} ms of ${generatedMs} ms were heard`);
  }

  #strange(what: string): void {
    this.#world.judge.broken("a model is told what it can know", `the model of ${this.#args.line.name} is told ${what}`);
  }

  #newItem(purpose: Purpose, text: string): Item {
    const id = this.#world.id("item");
    const { line, process: bridge } = this.#args;
    const item: Item = { line, id, purpose, bridge, text, generatedMs: 0, playedMs: 0, playedAtMs: 0 };
    this.#world.judge.items.set(id, item);
    return item;
  }
}
