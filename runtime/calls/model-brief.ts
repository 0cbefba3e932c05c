/** What a session of the model is told about its call: who it is, what it may do, and what was said so far. */
import type { ModelBrief } from "../bridge/voice-model/voice-model.ts";
import type { Flags } from "../flags.ts";
import type { Call } from "./call.ts";
import { instructionsFor } from "./prompts.ts";
import { toolsFor } from "./tools.ts";

/** From the record as it is; a conversation that has another language or speed by now puts its own in their place. */
export function modelBrief(call: Call, flags: Flags, now: Date): ModelBrief {
  return {
    instructions: instructionsFor(call, now, flags),
    tools: toolsFor(call, flags),
    language: call.lang_short_code,
    languages: call.initiate.lang.availables,
    speed: call.initiate.prosody_rate,
    vadThreshold: flags.vad_threshold,
    vadSilenceMs: flags.vad_silence_timeout_ms,
    recognitionMs: flags.recognition_stt_complete_timeout_ms,
  };
}
