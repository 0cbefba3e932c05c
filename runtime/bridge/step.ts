/** How a step is put together: change the session, ask for an effect. */
import type { Effect, Session, Step } from "./session-state.ts";
import type { ModelCommand } from "./voice-model/voice-model.ts";

export function change(step: Step, changes: Partial<Session>): Step {
  return { session: { ...step.session, ...changes }, effects: step.effects };
}

export function ask(step: Step, ...effects: readonly Effect[]): Step {
  return { session: step.session, effects: [...step.effects, ...effects] };
}

export function command(step: Step, command: ModelCommand): Step {
  return ask(step, { kind: "model", command });
}
