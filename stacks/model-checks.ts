/** Is each deployment's model one for its work, offered in the region, and still there tomorrow? */
import { type Check, when } from "./check.ts";
import { type ModelKind, models, newestVersion } from "./models.ts";
import type { ModelRole, StackSettings } from "./schema.ts";
import { nearest } from "./spelling.ts";

const dayMs = 86_400_000;
/** Long enough to try a successor and move to it; Azure itself gives notice of 60 days. */
const retirementNoticeMs = 90 * dayMs;

const kinds: Record<ModelRole, ModelKind> = {
  realtimeCheap: "realtime",
  realtimeStrong: "realtime",
  chatFast: "chat",
  chatStrong: "chat",
  embedding: "embedding",
  transcription: "transcription",
  router: "router",
};

function modelCheck(role: ModelRole): Check {
  const known = ({ models: { [role]: chosen } }: StackSettings) =>
    models.find(({ name, version }) => name === chosen?.name && version === chosen.version);
  const path = ["models", role];
  return {
    reads: [`models.${role}.name`, `models.${role}.version`, `models.${role}.sku`, "location"],
    faults(settings, today) {
      const model = known(settings);
      if (!model) return [];
      const given = `${model.name} ${model.version}`;
      const successor = `${model.successor} ${newestVersion(model.successor)}`;
      const sku = settings.models[role]?.sku;
      const { location } = settings;
      return [
        ...when(
          model.kind !== kinds[role],
          [...path, "name"],
          model.name,
          `is a model for ${model.kind}; this deployment needs one for ${kinds[role]}: ${inUse(kinds[role], today).join(", ")}`,
        ),
        ...when(
          Date.parse(model.retires) <= today.getTime(),
          [...path, "version"],
          given,
          `was retired by Azure on ${model.retires}; use its successor ${successor}`,
        ),
        ...when(
          model.kind === "router" && sku === "Standard",
          [...path, "sku"],
          sku,
          "picks among models of many regions; use GlobalStandard or DataZoneStandard",
        ),
        ...when(
          sku === "GlobalStandard" && !model.regions.includes(location),
          ["location"],
          location,
          `does not offer ${given}, which models.${role} names; choose a region that does: ${model.regions.join(", ")}; or ${role === "router" ? "leave models.router out" : "another model"}`,
        ),
      ];
    },
    warnings(settings, today) {
      const chosen = settings.models[role];
      if (!chosen) return [];
      const model = known(settings);
      const { name, version } = chosen;
      const similar = nearest(name, [...new Set(models.map((other) => other.name))]);
      if (!model)
        return [
          {
            path,
            given: `${name} ${version}`,
            advice: `is not in stacks/models.ts, so neither its region nor its retirement was checked${similar && similar !== name ? `; did you mean "${similar}"?` : ""}`,
          },
        ];
      const leftMs = Date.parse(model.retires) - today.getTime();
      return when(
        leftMs > 0 && leftMs <= retirementNoticeMs,
        path,
        `${name} ${version}`,
        `will be retired by Azure on ${model.retires}, in ${Math.ceil(leftMs / dayMs)} days; move to ${model.successor} ${newestVersion(model.successor)}`,
      );
    },
  };
}

const inUse = (kind: string, today: Date): string[] =>
  models.filter((model) => model.kind === kind && Date.parse(model.retires) > today.getTime()).map((model) => model.name);

export const modelChecks: readonly Check[] = (Object.keys(kinds) as ModelRole[]).map(modelCheck);
