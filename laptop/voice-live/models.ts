/** Models Voice Live has of its own, without a deployment (Azure docs, "Voice Live API overview", 2026-09-29). */
const hearing = [
  "gpt-realtime-2.1",
  "gpt-realtime-2.1-datazone",
  "gpt-realtime-2.1-mini",
  "gpt-realtime-1.5",
  "gpt-realtime-1.5-datazone",
  "gpt-realtime",
  "gpt-realtime-datazone",
  "gpt-realtime-mini",
];
const reading = [
  "gpt-4o",
  "gpt-4o-mini",
  "gpt-4.1",
  "gpt-4.1-mini",
  "gpt-4.1-nano",
  "gpt-5.6-terra",
  "gpt-5.6-luna",
  "gpt-5.4",
  "gpt-5.2",
  "gpt-5.1",
  "gpt-5",
  "gpt-5-mini",
  "gpt-5-nano",
];

/** `phi4-mm-realtime` and `azure-realtime` have rules of their own, which are not stood in for. */
export const models: readonly string[] = [...hearing, ...reading];

/** Whether the model hears the caller itself, so that what it heard is written down by a model of OpenAI's. */
export const hears = (model: string): boolean => hearing.includes(model);

/** What may write down callers' words beside a model (Azure docs, "How to use the Voice Live API", audio input transcription). */
export const transcribers = (model: string): readonly string[] =>
  hears(model)
    ? ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize", "mai-transcribe"]
    : ["azure-speech", "mai-transcribe"];
