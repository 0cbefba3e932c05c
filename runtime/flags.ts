/**
 * The eleven feature flags: call-center-ai's names, meanings and deployed defaults. They live in App Configuration as plain key values, are
 * read again every 60 s, and `false` and `0` are values like any other.
 */
import { z } from "zod";

export const flagsSchema = z.object({
  answer_hard_timeout_sec: z
    .number()
    .min(0)
    .max(300)
    .describe("seconds without an answer after which the caller hears an apology"),
  answer_soft_timeout_sec: z
    .number()
    .min(0)
    .max(60)
    .describe("seconds without an answer after which the caller hears a waiting phrase"),
  callback_timeout_hour: z
    .number()
    .min(0)
    .max(8_760)
    .describe("hours within which the same caller continues the last conversation; 0 never"),
  phone_silence_timeout_sec: z
    .number()
    .min(0)
    .max(300)
    .describe("seconds of silence after which the caller is asked whether they are there"),
  recognition_retry_max: z.number().int().min(1).max(10).describe("times the caller is asked again before the call says goodbye"),
  recognition_stt_complete_timeout_ms: z.number().min(0).max(5_000).describe("milliseconds to wait for a final recognition"),
  recording_enabled: z.boolean().describe("whether calls are recorded"),
  slow_llm_for_chat: z.boolean().describe("whether conversations use the strong model; false routes them to the cheap one"),
  vad_cutoff_timeout_ms: z.number().min(0).max(5_000).describe("milliseconds of sustained speech that interrupt the assistant"),
  vad_silence_timeout_ms: z.number().min(0).max(5_000).describe("milliseconds of silence that end the caller's turn"),
  vad_threshold: z.number().min(0.1).max(1).describe("loudness that counts as speech, as a share of ten per cent of full scale"),
});

export type Flags = z.infer<typeof flagsSchema>;

/** The values call-center-ai deploys. */
export const defaultFlags: Flags = {
  answer_hard_timeout_sec: 15,
  answer_soft_timeout_sec: 4,
  callback_timeout_hour: 3,
  phone_silence_timeout_sec: 20,
  recognition_retry_max: 2,
  recognition_stt_complete_timeout_ms: 100,
  recording_enabled: false,
  slow_llm_for_chat: false,
  vad_cutoff_timeout_ms: 250,
  vad_silence_timeout_ms: 500,
  vad_threshold: 0.5,
};
