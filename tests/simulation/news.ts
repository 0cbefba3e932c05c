/** Redis as calls use it: news go to whoever listens at that moment, or to nobody. */
import type { CallNews } from "../../runtime/calls/news.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { World } from "./world.ts";

interface Listener {
  readonly process: SimulatedProcess;
  readonly callId: string;
  readonly tell: (news: CallNews) => void;
}

export class News {
  readonly #world: World;
  readonly #listeners = new Set<Listener>();

  constructor(world: World) {
    this.#world = world;
  }

  subscribe(process: SimulatedProcess, callId: string, tell: (news: CallNews) => void): () => void {
    const listener = { process, callId, tell };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  publish(callId: string, news: CallNews): boolean {
    const { plan, ageMs, random } = this.#world;
    const { newsDown } = plan;
    if (newsDown && ageMs >= newsDown.fromMs && ageMs < newsDown.untilMs) return false;
    const listening = [...this.#listeners].filter((each) => each.callId === callId && each.process.alive);
    for (const listener of listening)
      this.#world.at(random.between(1, 50), () => {
        if (this.#listeners.has(listener) && listener.process.alive) listener.tell(news);
      });
    return listening.length > 0;
  }

  /** How many listen in this process. */
  heardBy(process: SimulatedProcess): number {
    return [...this.#listeners].filter((each) => each.process === process).length;
  }
}
