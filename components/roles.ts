/**
 * Built-in roles by the names people know.
 * Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/built-in-roles.md (2026-04-09).
 */
export const azureRoles = {
  "Cognitive Services OpenAI User": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
  "Cognitive Services User": "a97b65f3-24c7-4388-baec-2e87135dc908",
  "Cognitive Services Speech User": "f2dc8367-1007-4938-bd23-fe263f013447",
  // Was "Azure AI User".
  "Foundry User": "53ca6127-db72-4b80-b1b0-d745d6d5456d",
  "SignalR Service Owner": "7e4f1700-ea5a-4f59-8f37-079cfe29dce3",
  "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  "Storage Queue Data Contributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "Storage Queue Data Message Sender": "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
  "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  "Search Index Data Reader": "1407120a-92aa-4202-b7e9-c0e197c71c8f",
  "Search Index Data Contributor": "8ebe5a00-799e-43f5-93ac-243d3dce84a7",
  "Search Service Contributor": "7ca78c08-252a-4471-8644-bb5ff32d4ba0",
  "App Configuration Data Reader": "516239f1-63e1-4d78-a4de-a74fb236a071",
  "App Configuration Data Owner": "5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b",
  "Key Vault Crypto User": "12338af0-0e69-4776-bea7-57ae8d297424",
  "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
  "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
  "Communication and Email Service Owner": "09976791-48a7-449e-bb21-39d1a415f350",
  "Website Contributor": "de139f84-1756-47ae-9be6-808fbbe84772",
} as const;
export type AzureRole = keyof typeof azureRoles;

/** Cosmos DB's data plane has its own role definitions inside each account; Azure RBAC does not reach it. */
export const cosmosRoles = {
  "Cosmos DB Built-in Data Reader": "00000000-0000-0000-0000-000000000001",
  "Cosmos DB Built-in Data Contributor": "00000000-0000-0000-0000-000000000002",
} as const;
export type CosmosRole = keyof typeof cosmosRoles;

/** Azure Managed Redis has one access policy, full data access (ScottArbeit/Grace#983). */
export const redisRoles = { "Redis Data Owner": "default" } as const;
export type RedisRole = keyof typeof redisRoles;
