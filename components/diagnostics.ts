import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import type { Input, Resource } from "@pulumi/pulumi";

export interface DiagnosticsArgs {
  readonly resourceUri: Input<string>;
  /** Log Analytics workspace that receives logs and metrics. */
  readonly workspaceId: Input<string>;
  /** Which of the resource's logs: `audit` where all logs would carry every request of a busy data plane. */
  readonly logs: "allLogs" | "audit";
  /** Not every resource has metrics of its own (a Redis database has none). */
  readonly metrics: boolean;
}

/** Sends a resource's own logs and metrics to the workspace; child of the component that owns the resource. */
export function diagnostics(name: string, args: DiagnosticsArgs, parent: Resource): DiagnosticSetting {
  return new DiagnosticSetting(
    `${name}-diagnostics`,
    {
      name: "to-workspace",
      resourceUri: args.resourceUri,
      workspaceId: args.workspaceId,
      logs: [{ categoryGroup: args.logs, enabled: true }],
      ...(args.metrics ? { metrics: [{ category: "AllMetrics", enabled: true }] } : {}),
    },
    { parent },
  );
}
