import { groupId, text } from "../arm.ts";
import type { Realisation } from "../realisation.ts";

/** Resources whose ids follow no resource group. */
export const scopedResources: Readonly<Record<string, Realisation>> = {
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
