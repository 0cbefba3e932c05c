/** How Azure names the resources of the graph: their ARM ids, made from a resource's own inputs. */

/** The laptop's only subscription. */
export const subscriptionId = "00000000-0000-4000-8000-000000000001";

export type Inputs = Readonly<Record<string, unknown>>;

/** A named text input. Throws naming the resource type when the graph leaves it out. */
export function text(inputs: Inputs, name: string): string {
  const value = inputs[name];
  if (typeof value !== "string" || value === "")
    throw new Error(`"${name}" must be given as text; it is ${JSON.stringify(value)}.`);
  return value;
}

/**
 * The ARM id below the resource group for a template such as `Microsoft.DocumentDB/databaseAccounts/{accountName}`, whose names in braces are
 * inputs of the resource.
 */
export function armId(inputs: Inputs, template: string): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => text(inputs, name));
  return `${groupId(text(inputs, "resourceGroupName"))}/providers/${path}`;
}

export function groupId(resourceGroupName: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
}

/** The last segment of an ARM id. */
export function nameOf(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}
