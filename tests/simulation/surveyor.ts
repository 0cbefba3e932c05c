/** A thread that looks through some schedules and says which of them are broken, and what they came across. */
import { parentPort, workerData } from "node:worker_threads";
import { survey } from "./survey.ts";

const { seed, schedules } = workerData as { readonly seed: number; readonly schedules: number };
parentPort?.postMessage(await survey(seed, schedules));
