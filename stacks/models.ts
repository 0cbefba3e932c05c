/**
 * The models a deployment may name, with the dates Azure gave them. Refused when retired, warned about when retirement is near.
 *
 * Versions and retirement dates: MicrosoftDocs/azure-ai-docs, model retirement schedule (2026-07-07).
 * Regions: the same repository, Global Standard model matrix (2026-06-11).
 * Successors: the schedule's replacement where it names one, else the newest model of the same kind and size in this table.
 */
export type ModelKind = "realtime" | "chat" | "embedding" | "transcription" | "router";

export interface Model {
  readonly name: string;
  readonly version: string;
  readonly kind: ModelKind;
  /** First day on which Azure no longer answers for it, ISO 8601. */
  readonly retires: string;
  readonly successor: string;
  /** Azure regions that offer it as Global Standard. */
  readonly regions: readonly string[];
}

const realtimeRegions = ["canadacentral", "centralus", "eastus2", "francecentral", "southindia", "swedencentral"];
const everywhere = [
  ...["brazilsouth", "canadaeast", "centralus", "eastus", "eastus2", "northcentralus", "southcentralus", "westus", "westus3"],
  ...["francecentral", "germanywestcentral", "italynorth", "norwayeast", "polandcentral", "spaincentral", "swedencentral"],
  ...["switzerlandnorth", "uksouth", "westeurope", "australiaeast", "japaneast", "koreacentral", "southeastasia", "southindia"],
  ...["southafricanorth", "uaenorth"],
];
const everywhereSince2026 = [...everywhere, "canadacentral", "switzerlandwest"];

/** More offer it by now, but the page of its limits still names these two alone (azure-ai-docs, model-router, 2026-08-12). */
const routerRegions = ["eastus2", "swedencentral"];

const model = (
  kind: ModelKind,
  name: string,
  version: string,
  retires: string,
  successor: string,
  regions: readonly string[],
): Model => ({
  kind,
  name,
  version,
  retires,
  successor,
  regions,
});

export const models: readonly Model[] = [
  // The previews are absent from the schedule; the date is the one Retell's customers were given (market notice of 2026-03).
  model("realtime", "gpt-4o-mini-realtime-preview", "2024-12-17", "2026-03-24", "gpt-realtime-2.1-mini", realtimeRegions),
  model("realtime", "gpt-4o-realtime-preview", "2024-12-17", "2026-03-24", "gpt-realtime-2.1", realtimeRegions),
  model("realtime", "gpt-realtime-mini", "2025-10-06", "2026-07-23", "gpt-realtime-2.1-mini", realtimeRegions),
  model("realtime", "gpt-realtime-mini", "2025-12-15", "2026-12-15", "gpt-realtime-2.1-mini", realtimeRegions),
  model("realtime", "gpt-realtime", "2025-08-28", "2027-02-28", "gpt-realtime-2.1", realtimeRegions),
  model("realtime", "gpt-realtime-1.5", "2026-02-23", "2027-02-23", "gpt-realtime-2.1", realtimeRegions),
  model("realtime", "gpt-realtime-2", "2026-05-06", "2027-05-06", "gpt-realtime-2.1", realtimeRegions),
  model("realtime", "gpt-realtime-2.1", "2026-07-07", "2027-06-25", "gpt-realtime-2.1", realtimeRegions),
  model("realtime", "gpt-realtime-2.1-mini", "2026-07-07", "2027-06-25", "gpt-realtime-2.1-mini", realtimeRegions),
  model("chat", "gpt-4o-mini", "2024-07-18", "2026-10-01", "gpt-5.4-mini", everywhere),
  model("chat", "gpt-4o", "2024-11-20", "2026-10-01", "gpt-5.1", everywhere),
  model("chat", "gpt-4.1-nano", "2025-04-14", "2026-10-14", "gpt-5.4-nano", everywhere),
  model("chat", "gpt-4.1-mini", "2025-04-14", "2026-10-14", "gpt-5.4-mini", everywhere),
  model("chat", "gpt-4.1", "2025-04-14", "2026-10-14", "gpt-5.5", everywhere),
  model("chat", "gpt-5-nano", "2025-08-07", "2027-02-06", "gpt-5.4-nano", everywhere),
  model("chat", "gpt-5-mini", "2025-08-07", "2027-02-06", "gpt-5.4-mini", everywhere),
  model("chat", "gpt-5", "2025-08-07", "2027-02-06", "gpt-5.5", everywhere),
  model("chat", "gpt-5.1", "2025-11-13", "2027-05-15", "gpt-5.5", everywhereSince2026),
  model("chat", "gpt-5.2", "2025-12-11", "2026-12-12", "gpt-5.5", everywhereSince2026),
  model("chat", "gpt-5.4", "2026-03-05", "2027-03-05", "gpt-5.5", everywhereSince2026),
  model("chat", "gpt-5.4-mini", "2026-03-17", "2027-03-18", "gpt-5.4-mini", everywhereSince2026),
  model("chat", "gpt-5.4-nano", "2026-03-17", "2027-03-18", "gpt-5.4-nano", everywhereSince2026),
  model("chat", "gpt-5.5", "2026-04-24", "2027-04-23", "gpt-5.5", everywhereSince2026),
  model("embedding", "text-embedding-ada-002", "2", "2027-04-15", "text-embedding-3-large", everywhereSince2026),
  model("embedding", "text-embedding-3-small", "1", "2027-04-15", "text-embedding-3-large", everywhereSince2026),
  model("embedding", "text-embedding-3-large", "1", "2027-04-15", "text-embedding-3-large", everywhereSince2026),
  model("transcription", "gpt-4o-mini-transcribe", "2025-03-20", "2026-10-15", "gpt-realtime-whisper", realtimeRegions),
  model("transcription", "gpt-4o-mini-transcribe", "2025-12-15", "2026-12-15", "gpt-realtime-whisper", realtimeRegions),
  // Absent from the schedule; the date is that of gpt-realtime-2, which came the same day.
  model("transcription", "gpt-realtime-whisper", "2026-05-06", "2027-05-06", "gpt-realtime-whisper", realtimeRegions),
  // From its own pages: both previews before it were retired on 2026-08-30.
  model("router", "model-router", "2025-11-18", "2027-05-20", "model-router", routerRegions),
];

/** The newest version of a model by name, which is what a setting without a version means; undefined for a name the table lacks. */
export function newestVersion(name: unknown): string | undefined {
  return models.findLast((model) => model.name === name)?.version;
}

/** Numbers in a vector of an embedding model, unless asked for fewer (Azure OpenAI, embedding models); an unknown one is taken for the newest. */
export function embeddingDimensions(name: string): number {
  return name === "text-embedding-3-small" || name === "text-embedding-ada-002" ? 1536 : 3072;
}
