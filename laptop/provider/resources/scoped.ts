import { armId, groupId, text } from "../arm.ts";
import type { Realisation } from "../realisation.ts";
import { stableUuid } from "./identity.ts";

/** Resources whose ids follow no resource group, or whose outputs are more than their inputs though nothing runs. */
export const scopedResources: Readonly<Record<string, Realisation>> = {
  "azure-native:applicationinsights:Component": {
    create(inputs) {
      const id = armId(inputs, "Microsoft.Insights/components/{resourceName}");
      // Nothing collects telemetry on a laptop; an app given this address keeps its telemetry to itself.
      return { id, outputs: { connectionString: `InstrumentationKey=${stableUuid(id)};IngestionEndpoint=https://localhost/` } };
    },
  },
  "azure-native:resources:ResourceGroup": {
    create: (inputs) => ({ id: groupId(text(inputs, "resourceGroupName")), outputs: {} }),
    update: (id) => ({ id, outputs: {} }),
  },
  "azure-native:monitor:DiagnosticSetting": {
    create: (inputs) => ({
      id: `${text(inputs, "resourceUri")}/providers/Microsoft.Insights/diagnosticSettings/${text(inputs, "name")}`,
      outputs: {},
    }),
    update: (id) => ({ id, outputs: {} }),
  },
  "azure-native:consumption:Budget": {
    create: (inputs) => ({
      id: `${text(inputs, "scope")}/providers/Microsoft.Consumption/budgets/${text(inputs, "budgetName")}`,
      outputs: {},
    }),
    update: (id) => ({ id, outputs: {} }),
  },
};
