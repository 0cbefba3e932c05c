/** What can hold a call's conversation: the engines of this bridge, in the order the call's agent wants them. */
import type { Agent, VoiceEngine } from "../agent.ts";
import type { Flags } from "../flags.ts";
import type { Engine } from "./call-resources.ts";
import type { OpenVoiceModel } from "./voice-model/voice-model.ts";

export interface EngineChoice {
  readonly open: OpenVoiceModel;
  /** Deployments for conversations with the cheap and with the strong model (`slow_llm_for_chat`). */
  readonly cheap: string;
  readonly strong: string;
}

/** An engine that this bridge does not have is passed over; an agent that wants none of the others gets all there are. */
export function voiceEngines(
  choices: Partial<Readonly<Record<VoiceEngine, EngineChoice>>>,
): (call: { readonly initiate: Pick<Agent, "voice_engines"> }, flags: Flags) => readonly Engine[] {
  const available = Object.keys(choices) as VoiceEngine[];
  return ({ initiate }, { slow_llm_for_chat }) => {
    const wanted = initiate.voice_engines.filter((name) => available.includes(name));
    return (wanted.length > 0 ? wanted : available).flatMap((name) => {
      const choice = choices[name];
      return choice ? [{ name, open: choice.open, deployment: slow_llm_for_chat ? choice.strong : choice.cheap }] : [];
    });
  };
}
