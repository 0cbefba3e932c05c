import { Component } from "@pulumi/azure-native/applicationinsights/component.js";
import { Budget } from "@pulumi/azure-native/consumption/budget.js";
import { ActionGroup } from "@pulumi/azure-native/monitor/actionGroup.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import * as pulumi from "@pulumi/pulumi";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

export interface MonitoringArgs extends Place {
  /** Physical names. */
  readonly workspaceName: string;
  readonly insightsName: string;
  readonly actionGroupName: string;
  readonly budgetName: string;
  /** Traces of the apps; without it they log to their output only. */
  readonly enableAppInsights: boolean;
  readonly retentionDays: number;
  /** Where alerts and the budget's warnings go; without one they show in the portal only. */
  readonly email?: string | undefined;
  readonly budget?: MonthlyBudget | undefined;
}

export interface MonthlyBudget {
  /** In the currency of the subscription's bill. */
  readonly amount: number;
  /** First day of a month, `2026-11-01`; Azure refuses one before the current billing period. */
  readonly startDate: string;
}

/** Gigabytes a day after which the workspace stops taking logs until midnight: a loop that logs must not cost a month's budget. */
const dailyQuotaGb = 5;

/** Where everything writes what happened, and who is told when it goes wrong. */
export class Monitoring extends pulumi.ComponentResource {
  readonly workspaceId: pulumi.Output<string>;
  readonly actionGroupId: pulumi.Output<string>;
  /** The Application Insights resource, if there is one. */
  readonly insightsId: pulumi.Output<string> | undefined;
  readonly #connectionString: pulumi.Output<string> | undefined;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Monitoring", name, args, opts);
    const workspace = createWorkspace(name, args, this);
    const insights = args.enableAppInsights ? createInsights(name, args, workspace, this) : undefined;
    const actionGroup = createActionGroup(name, args, this);
    if (args.budget) createBudget(name, args, args.budget, actionGroup, this);
    this.workspaceId = workspace.id;
    this.actionGroupId = actionGroup.id;
    this.insightsId = insights?.id;
    this.#connectionString = insights?.connectionString;
    this.registerOutputs({ workspaceId: this.workspaceId });
  }

  /** Send traces and metrics; without Application Insights there is nothing to reach. */
  link(): Link<"APPLICATIONINSIGHTS_CONNECTION_STRING"> | Link<never> {
    if (!this.insightsId || !this.#connectionString) return { name: "telemetry", settings: {}, grants: [] };
    return {
      name: "telemetry",
      // An address, not a secret: local authentication is off, so writing takes the role below.
      settings: { APPLICATIONINSIGHTS_CONNECTION_STRING: this.#connectionString },
      grants: [{ plane: "azure", scope: this.insightsId, role: "Monitoring Metrics Publisher" }],
    };
  }
}

function createWorkspace(name: string, args: MonitoringArgs, parent: pulumi.Resource): Workspace {
  return new Workspace(
    `${name}-workspace`,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      workspaceName: args.workspaceName,
      sku: { name: "PerGB2018" },
      retentionInDays: args.retentionDays,
      workspaceCapping: { dailyQuotaGb },
      features: { disableLocalAuth: true },
    },
    { parent },
  );
}

function createInsights(name: string, args: MonitoringArgs, workspace: Workspace, parent: pulumi.Resource): Component {
  return new Component(
    `${name}-insights`,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      resourceName: args.insightsName,
      kind: "web",
      applicationType: "web",
      workspaceResourceId: workspace.id,
      ingestionMode: "LogAnalytics",
      disableLocalAuth: true,
    },
    { parent },
  );
}

function createActionGroup(name: string, args: MonitoringArgs, parent: pulumi.Resource): ActionGroup {
  return new ActionGroup(
    `${name}-on-call`,
    {
      resourceGroupName: args.resourceGroupName,
      tags: args.tags,
      location: "Global",
      actionGroupName: args.actionGroupName,
      // What a text message shows as sender; at most 12 characters.
      groupShortName: "switchboard",
      enabled: true,
      emailReceivers: args.email ? [{ name: "on-call", emailAddress: args.email, useCommonAlertSchema: true }] : [],
    },
    { parent },
  );
}

function createBudget(
  name: string,
  args: MonitoringArgs,
  budget: MonthlyBudget,
  actionGroup: ActionGroup,
  parent: pulumi.Resource,
): Budget {
  const contact = { contactEmails: args.email ? [args.email] : [], contactGroups: [actionGroup.id] };
  return new Budget(
    `${name}-budget`,
    {
      // The resource group that the action group lies in, with everything beside it.
      scope: actionGroup.id.apply((id) => id.split("/").slice(0, 5).join("/")),
      budgetName: args.budgetName,
      category: "Cost",
      amount: budget.amount,
      timeGrain: "Monthly",
      timePeriod: { startDate: `${budget.startDate.slice(0, 10)}T00:00:00Z` },
      notifications: {
        spent80: { enabled: true, operator: "GreaterThan", threshold: 80, thresholdType: "Actual", ...contact },
        forecast100: { enabled: true, operator: "GreaterThan", threshold: 100, thresholdType: "Forecasted", ...contact },
      },
    },
    { parent },
  );
}
