import { MetricAlert } from "@pulumi/azure-native/monitor/metricAlert.js";
import { ScheduledQueryRule } from "@pulumi/azure-native/monitor/scheduledQueryRule.js";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "./place.ts";

export interface AlertsArgs extends Place {
  /** Who is told. */
  readonly actionGroupId: pulumi.Input<string>;
  /** Physical names begin with it. */
  readonly alertPrefix: string;
  /** Event Grid's topic for calls and messages; absent when it carries none. */
  readonly topicId?: pulumi.Input<string> | undefined;
  readonly openAIId: pulumi.Input<string>;
  /** Application Insights; without it, failing requests raise no alert. */
  readonly insightsId?: pulumi.Input<string> | undefined;
}

/** What a person must look at: calls that never arrived, models that refuse for lack of quota, requests that fail. */
export class Alerts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Alerts", name, args, opts);
    if (args.topicId)
      createMetricAlert(`${name}-undelivered`, args, this, {
        description: "Event Grid gave up delivering a call or a message; it lies in the deadletter container.",
        scope: args.topicId,
        severity: 1,
        metric: { metricName: "DeadLetteredCount", threshold: 0 },
      });
    createMetricAlert(`${name}-model-quota`, args, this, {
      description: "Models answered 429: raise modelCapacity, or spread the load.",
      scope: args.openAIId,
      severity: 2,
      metric: {
        metricName: "AzureOpenAIRequests",
        threshold: 5,
        dimensions: [{ name: "StatusCode", operator: "Include", values: ["429"] }],
      },
    });
    if (args.insightsId) createFailureAlert(`${name}-failed-requests`, args, args.insightsId, this);
    this.registerOutputs({});
  }
}

interface MetricRule {
  readonly description: string;
  readonly scope: pulumi.Input<string>;
  /** 0 critical to 4 verbose. */
  readonly severity: number;
  readonly metric: {
    readonly metricName: string;
    /** Fires above this many in five minutes. */
    readonly threshold: number;
    readonly dimensions?: { name: string; operator: string; values: string[] }[];
  };
}

function createMetricAlert(name: string, args: AlertsArgs, parent: pulumi.Resource, rule: MetricRule): MetricAlert {
  return new MetricAlert(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      tags: args.tags,
      location: "global",
      ruleName: `${args.alertPrefix}-${rule.metric.metricName}`,
      description: rule.description,
      enabled: true,
      severity: rule.severity,
      scopes: [rule.scope],
      evaluationFrequency: "PT1M",
      windowSize: "PT5M",
      autoMitigate: true,
      criteria: {
        odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [
          {
            criterionType: "StaticThresholdCriterion",
            name: "count",
            operator: "GreaterThan",
            timeAggregation: "Total",
            ...rule.metric,
          },
        ],
      },
      actions: [{ actionGroupId: args.actionGroupId }],
    },
    { parent },
  );
}

function createFailureAlert(
  name: string,
  args: AlertsArgs,
  insightsId: pulumi.Input<string>,
  parent: pulumi.Resource,
): ScheduledQueryRule {
  return new ScheduledQueryRule(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      ruleName: `${args.alertPrefix}-FailedRequests`,
      kind: "LogAlert",
      displayName: "Requests fail",
      description: "Apps answered with a server error more than five times in a quarter of an hour.",
      enabled: true,
      severity: 2,
      scopes: [insightsId],
      evaluationFrequency: "PT5M",
      windowSize: "PT15M",
      autoMitigate: true,
      criteria: {
        allOf: [
          {
            query: "requests | where toint(resultCode) >= 500",
            timeAggregation: "Count",
            operator: "GreaterThan",
            threshold: 5,
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          },
        ],
      },
      actions: { actionGroups: [args.actionGroupId] },
    },
    { parent },
  );
}
