/** Whether the ends of the chat fit: what both apps are told of it, who SignalR reports to, and what visitors' sessions are signed with. */
import { z } from "zod";
import { chatOptionsSchema } from "../../runtime/chat-options.ts";
import { appsOf, type Check, principalOf } from "./apps.ts";
import type { Graph, Resource } from "./graph.ts";
import { at } from "./listing.ts";

const chats: Check = {
  title: "both apps are told the same of the chat, in the form their code reads",
  faults: (graph) =>
    [...Map.groupBy(appsOf(graph), ({ settings }) => settings.COSMOS_DATABASE + settings.COSMOS_ENDPOINT!)].flatMap(
      ([, apps]) => {
        const names = apps.map(({ name }) => name).join(", ");
        const [one = "", ...others] = new Set(apps.map(({ settings }) => settings.CHAT ?? ""));
        if (others.length > 0) return [`${names}: CHAT differs`];
        const read = z
          .string()
          .transform((text) => JSON.parse(text))
          .pipe(chatOptionsSchema)
          .safeParse(one);
        return read.success ? [] : [`${names}: CHAT ${z.prettifyError(read.error)}`];
      },
    ),
};

const hubs: Check = {
  title: "SignalR reports a customer's hub to that customer's app, as who and for whom the app expects",
  faults: (graph) =>
    appsOf(graph)
      .filter(({ kind }) => kind === "functions")
      .flatMap(({ name, settings }) => {
        const service = signalRAt(graph, settings.SIGNALR_ENDPOINT);
        const templates = (service && (at(service.inputs, "upstream.templates") as UpstreamTemplate[])) ?? [];
        const mine = templates.filter(({ hubPattern }) => hubPattern === settings.SIGNALR_HUB);
        const [template] = mine;
        if (!template || mine.length > 1) return [`${name}: ${mine.length} templates are for ${settings.SIGNALR_HUB}`];
        const address = `${settings.FUNCTIONS_URL}/api/signalr/{hub}/{category}/{event}`;
        return [
          ...(template.urlTemplate === address ? [] : [`${name}: its events go to ${template.urlTemplate}`]),
          ...(template.auth.managedIdentity.resource === settings.STAFF_CLIENT_ID
            ? []
            : [`${name}: the token is for another app`]),
          ...(at(service?.outputs, "identity.principalId") === settings.SIGNALR_PRINCIPAL_ID
            ? []
            : [`${name}: SIGNALR_PRINCIPAL_ID is not who reports`]),
        ];
      }),
};

const origins: Check = {
  title: "browsers reach SignalR from the pages of the apps that use it, and from no other",
  faults: (graph) =>
    graph.resources
      .filter(({ type }) => type === "azure-native:signalrservice:SignalR")
      .flatMap(({ name, inputs, outputs }) => {
        const users = appsOf(graph).filter(({ settings }) => settings.SIGNALR_ENDPOINT === `https://${outputs.hostName}`);
        const pages = users.map(({ settings }) => settings.FUNCTIONS_URL).sort();
        const allowed = [...((at(inputs, "cors.allowedOrigins") as string[]) ?? [])].sort();
        return JSON.stringify(pages) === JSON.stringify(allowed) ? [] : [`${name}: lets in ${allowed}; the pages are ${pages}`];
      }),
};

const admitted: Check = {
  title: "the directory gives tokens for an app to those who call it, where an assignment is required",
  faults: ({ resources, ...rest }) =>
    appsOf({ resources, ...rest })
      .filter(({ kind }) => kind === "functions")
      .flatMap(({ name, settings }) => {
        const principal = resources.find(
          ({ type, inputs }) =>
            type === "azuread:index/servicePrincipal:ServicePrincipal" && inputs.clientId === settings.STAFF_CLIENT_ID,
        );
        // Somebody else's registration; docs/settings.md says what it needs.
        if (!principal?.inputs.appRoleAssignmentRequired) return [];
        const callers = {
          "its own identity": principalOf({ resources, ...rest }, settings),
          SignalR: settings.SIGNALR_PRINCIPAL_ID,
        };
        return Object.entries(callers)
          .filter(
            ([, caller]) =>
              !resources.some(
                ({ type, inputs }) =>
                  type === "azuread:index/appRoleAssignment:AppRoleAssignment" &&
                  inputs.principalObjectId === caller &&
                  inputs.resourceObjectId === principal.outputs.objectId,
              ),
          )
          .map(([caller]) => `${name}: ${caller} is given no token for it`);
      }),
};

const visitorKeys: Check = {
  title: "the key that signs visitors' sessions lies in the customer's own vault, and is of the kind the code signs with",
  faults: (graph) =>
    appsOf(graph)
      .filter(({ kind }) => kind === "functions")
      .flatMap(({ name, settings }) => {
        const vault = graph.resources.find(({ outputs }) => at(outputs, "properties.vaultUri") === settings.KEY_VAULT_ENDPOINT);
        const key = graph.resources.find(
          ({ type, inputs }) =>
            type === "azure-native:keyvault:Key" &&
            inputs.vaultName === vault?.inputs.vaultName &&
            inputs.keyName === settings.VISITOR_KEY,
        );
        if (!key) return [`${name}: ${settings.KEY_VAULT_ENDPOINT} has no key ${settings.VISITOR_KEY}`];
        const { kty, curveName, keyOps } = key.inputs.properties as { kty: string; curveName: string; keyOps: string[] };
        return kty === "EC" && curveName === "P-256" && keyOps.includes("sign") ? [] : [`${name}: its key cannot sign ES256`];
      }),
};

export const chatChecks: readonly Check[] = [chats, hubs, origins, admitted, visitorKeys];

interface UpstreamTemplate {
  readonly hubPattern: string;
  readonly urlTemplate: string;
  readonly auth: { readonly managedIdentity: { readonly resource: string } };
}

function signalRAt({ resources }: Graph, endpoint: string | undefined): Resource | undefined {
  return resources.find(
    ({ type, outputs }) => type === "azure-native:signalrservice:SignalR" && `https://${outputs.hostName}` === endpoint,
  );
}
