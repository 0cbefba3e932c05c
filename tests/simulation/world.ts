/** What every part of a simulated world shares: chance, time, the plan of what goes wrong, and the judge. */
import type { Flags } from "../../runtime/flags.ts";
import { defaultFlags } from "../../runtime/flags.ts";
import { Random } from "../../training/random.ts";
import { Judge } from "./judge.ts";
import type { Mutant } from "./mutants.ts";
import { type Plan, planOf } from "./plan.ts";
import { Channel, Scheduler } from "./scheduler.ts";
import type { Fate, Remote } from "./simulated-process.ts";
import { Sounds } from "./sounds.ts";

export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly plan: Plan;
  readonly judge = new Judge();
  readonly sounds = new Sounds();
  readonly startMs: number;
  readonly mutant: Mutant;
  readonly trace: string[] | undefined;
  /** How often something happened that schedules are there to try. */
  readonly sights = new Map<string, number>();
  flags: Flags = defaultFlags;
  #ids = 0;

  constructor(seed: number, mutant: Mutant, traced: boolean) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.plan = planOf(this.random);
    this.startMs = this.scheduler.nowMs;
    this.mutant = mutant;
    this.trace = traced ? [] : undefined;
  }

  /** Since the schedule began. */
  get ageMs(): number {
    return this.scheduler.nowMs - this.startMs;
  }

  get isCalm(): boolean {
    return this.ageMs >= this.plan.calmAtMs;
  }

  /** Whether trouble of this probability happens now. */
  trouble(probability: number): boolean {
    return !this.isCalm && probability > 0 && this.random.chance(probability);
  }

  at(delayMs: number, act: () => void): void {
    this.scheduler.at(delayMs, act);
  }

  /** A connection with a jitter that telephone networks have. */
  channel(mostMs = 40): Channel {
    return new Channel(this.scheduler, () => this.random.between(1, mostMs));
  }

  id(kind: string): string {
    return `${kind}-${++this.#ids}`;
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`;
  }

  /** How the next question to the database ends. */
  database(): Remote {
    const { plan, random, ageMs } = this;
    if (plan.databaseDown && ageMs < plan.databaseDown.untilMs && ageMs >= plan.databaseDown.fromMs)
      this.saw("the database is asked while it is down");
    const down = plan.databaseDown && ageMs >= plan.databaseDown.fromMs && ageMs < plan.databaseDown.untilMs;
    const fate: Fate = !down || random.chance(0.4) ? "done" : random.chance(0.7) ? "failed before" : "failed after";
    return { fate, ...this.#way(plan.databaseMs), status: random.chance(0.5) ? 429 : 503 };
  }

  /** How the next question to another service ends. */
  service(failing: number, mostMs = 200): Remote {
    const fails = this.trouble(failing);
    const fate: Fate = !fails ? "done" : this.random.chance(0.6) ? "failed before" : "failed after";
    return { fate, ...this.#way(mostMs), status: this.random.chance(0.5) ? 429 : 500 };
  }

  saw(sight: string): void {
    this.sights.set(sight, (this.sights.get(sight) ?? 0) + 1);
  }

  /** One line of what happened, told only when somebody reads it. */
  note(what: () => string): void {
    this.trace?.push(`${String(Math.round(this.ageMs)).padStart(7)} ms  ${what()}`);
  }

  #way(mostMs: number): { thereMs: number; backMs: number } {
    return { thereMs: this.random.between(0.5, mostMs / 2), backMs: this.random.between(0.5, mostMs / 2) };
  }
}
