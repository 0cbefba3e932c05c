/** The language of a call changes: recognition, voice, instructions and our own sentences with it. */
import type { Step } from "./session-state.ts";
import { ask, change } from "./step.ts";

/** Goes on in `language` (BCP 47). The brief is renewed before the next word. */
export function changeLanguage(step: Step, language: string): Step {
  if (language === step.session.language) return change(step, { briefStale: true });
  const changed = change(step, { language, briefStale: true, otherLanguage: undefined });
  return ask(changed, { kind: "load_phrases", language });
}
