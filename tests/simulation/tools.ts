/** What tools come to: each takes a while, may fail, and is counted. */
import type { ToolServices } from "../../runtime/bridge/tool-once.ts";
import type { ToolOutcome } from "../../runtime/calls/tools.ts";
import type { Network } from "./network.ts";
import { colleague } from "./settings.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { World } from "./world.ts";

export const toolNames = ["look_up", "look_up", "slower", "french", "transfer", "warm_transfer", "secret", "goodbye"] as const;

const outcomes: Readonly<Record<(typeof toolNames)[number], ToolOutcome>> = {
  look_up: { content: "It was found." },
  slower: { content: "Slower.", effect: { kind: "speed", rate: 0.8 } },
  french: { content: "In French.", effect: { kind: "language", shortCode: "fr-FR" } },
  transfer: { content: "Handed over.", effect: { kind: "transfer", to: colleague } },
  warm_transfer: { content: "Handed over.", effect: { kind: "transfer", to: colleague, briefing: "It is about a window." } },
  secret: { content: "The caller types.", effect: { kind: "collect_digits", name: "pin", least: 2, most: 4 } },
  goodbye: { content: "It ends.", effect: { kind: "end_call" } },
};

type Request = Parameters<ToolServices["runTool"]>[0];

export class Tools {
  readonly #world: World;
  readonly #network: Network;

  constructor(world: World, network: Network) {
    this.#world = world;
    this.#network = network;
  }

  run(process: SimulatedProcess, { callId, toolId, name }: Request): Promise<ToolOutcome> {
    const { plan } = this.#world;
    this.#begin(process, callId, toolId);
    return process.ask(() => outcomes[name as keyof typeof outcomes], this.#world.service(plan.toolFails, plan.toolMs));
  }

  #begin(process: SimulatedProcess, callId: string, toolId: string): void {
    const { judge } = this.#world;
    const request = judge.tools.get(toolId);
    if (!request) throw new Error("A tool that nobody asked for.");
    if (request.bridge !== process) this.#world.saw("a tool is executed by another bridge than it was asked of");
    this.#world.note(() => `${request.line.name}: executes ${toolId}`);
    if (++request.executions > 1)
      judge.broken("a tool is executed at most once", `${toolId} is executed ${request.executions} times`);
    if (this.#network.lineOf(callId) !== request.line)
      judge.broken("no words of one call in another", `${toolId} of ${request.line.name} is executed for another call`);
  }
}
