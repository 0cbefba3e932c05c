/**
 * Resources that only say how Azure's control plane should treat others: on a laptop they have an id and their own inputs, and nothing runs.
 * Listing them is what tells "needs no stand-in" from "forgotten": a type in neither list is refused.
 */

/** Pulumi type token to ARM id template (`arm.ts`). */
export const controlPlane: Readonly<Record<string, string>> = {
  "azure-native:operationalinsights:Workspace": "Microsoft.OperationalInsights/workspaces/{workspaceName}",
  "azure-native:applicationinsights:Workbook": "Microsoft.Insights/workbooks/{resourceName}",
  "azure-native:portal:Dashboard": "Microsoft.Portal/dashboards/{dashboardName}",
  "azure-native:monitor:ActionGroup": "Microsoft.Insights/actionGroups/{actionGroupName}",
  "azure-native:monitor:MetricAlert": "Microsoft.Insights/metricAlerts/{ruleName}",
  "azure-native:monitor:ScheduledQueryRule": "Microsoft.Insights/scheduledQueryRules/{ruleName}",
  "azure-native:monitor:AutoscaleSetting": "Microsoft.Insights/autoscaleSettings/{autoscaleSettingName}",
  "azure-native:cognitiveservices:RaiPolicy": "Microsoft.CognitiveServices/accounts/{accountName}/raiPolicies/{raiPolicyName}",
  "azure-native:storage:BlobServiceProperties": "Microsoft.Storage/storageAccounts/{accountName}/blobServices/{blobServicesName}",
  "azure-native:storage:ManagementPolicy":
    "Microsoft.Storage/storageAccounts/{accountName}/managementPolicies/{managementPolicyName}",
  "azure-native:communication:EmailService": "Microsoft.Communication/emailServices/{emailServiceName}",
  "azure-native:communication:Domain": "Microsoft.Communication/emailServices/{emailServiceName}/domains/{domainName}",
  "azure-native:web:AppServicePlan": "Microsoft.Web/serverfarms/{name}",
  "azure-native:app:ManagedEnvironment": "Microsoft.App/managedEnvironments/{environmentName}",
  "azure-native:network:VirtualNetwork": "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
  "azure-native:network:Subnet": "Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
  "azure-native:network:PrivateEndpoint": "Microsoft.Network/privateEndpoints/{privateEndpointName}",
  "azure-native:network:PrivateDnsZoneGroup":
    "Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
  "azure-native:privatedns:PrivateZone": "Microsoft.Network/privateDnsZones/{privateZoneName}",
  "azure-native:privatedns:VirtualNetworkLink":
    "Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
};
