/** A person on the phone: speaks, presses keys, is silent, and hangs up at any moment, or never. */
import type { CallLine } from "./call-line.ts";
import type { FunctionsApp } from "./functions-app.ts";
import type { Utterance } from "./sounds.ts";
import type { World } from "./world.ts";

export class Caller {
  readonly #world: World;
  readonly #line: CallLine;
  #left: number;

  constructor(world: World, line: CallLine, functions: FunctionsApp) {
    this.#world = world;
    this.#line = line;
    const { random, plan } = world;
    this.#left = random.whole(0, plan.utterances);
    const beginsMs = random.between(0, 4_000);
    world.at(beginsMs, () => {
      if (line.direction === "outbound") return functions.dial(line);
      line.state = "ringing";
      functions.incoming(line);
      // Nobody lets it ring for ever.
      world.at(random.between(5_000, 40_000), () => line.state === "ringing" && this.#hangUp());
    });
    if (random.chance(0.15)) world.at(random.between(beginsMs, plan.calmAtMs), () => this.#hangUp());
    world.at(plan.calmAtMs + random.between(0, 3_000), () => this.#hangUp());
    if (plan.supervised)
      world.at(random.between(5_000, plan.calmAtMs), () => line.state === "connected" && functions.supervise(line));
    this.#later();
  }

  #later(): void {
    const { random } = this.#world;
    this.#world.at(random.chance(0.9) ? random.between(200, 5_000) : random.between(5_000, 30_000), () => this.#acts());
  }

  #acts(): void {
    const { random } = this.#world;
    if (this.#line.state === "over" || this.#world.isCalm) return;
    if (this.#line.state === "connected" && this.#left-- <= 0) {
      if (random.chance(0.6)) this.#hangUp();
      return;
    }
    if (this.#line.state === "connected") this.#speaksOrPresses();
    this.#later();
  }

  #speaksOrPresses(): void {
    const { random } = this.#world;
    if (random.chance(0.15)) this.#line.presses(random.pick(["1", "2", "#", "*", "7"]));
    else this.#speaks();
  }

  #speaks(): void {
    const { random, judge } = this.#world;
    const itemId = this.#world.id("turn");
    const text = Array.from({ length: random.whole(1, 7) }, (_, at) => `${itemId}says${at}`).join(" ");
    const utterance: Utterance = { line: this.#line, itemId, text };
    judge.utterances.set(text, utterance);
    this.#line.says(utterance, "first");
    this.#world.at(random.between(100, 2_000), () => this.#line.says(utterance, "last"));
  }

  #hangUp(): void {
    if (this.#line.state === "over") return;
    this.#world.note(() => `${this.#line.name}: the caller hangs up`);
    this.#line.end(this.#line.state === "ringing" ? { code: 487, subCode: 560_487 } : {});
  }
}
