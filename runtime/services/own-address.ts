/**
 * The bridge's own public address. It cannot be one of its settings as the functions app's is, since it is known only once the bridge is made;
 * both of its platforms tell an app where it is.
 */

/**
 * `https://<host>` without a slash; undefined where neither platform says it. `BRIDGE_URL`, when it is set by hand, is believed before them.
 * Sources: learn.microsoft.com, "Manage environment variables on Azure Container Apps" (the app's name before the environment's DNS suffix)
 * and "Environment variables and app settings in Azure App Service" (`WEBSITE_HOSTNAME`).
 */
export function ownAddress(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { BRIDGE_URL, CONTAINER_APP_NAME, CONTAINER_APP_ENV_DNS_SUFFIX, WEBSITE_HOSTNAME } = environment;
  if (BRIDGE_URL) return BRIDGE_URL.replace(/\/$/, "");
  if (CONTAINER_APP_NAME && CONTAINER_APP_ENV_DNS_SUFFIX) return `https://${CONTAINER_APP_NAME}.${CONTAINER_APP_ENV_DNS_SUFFIX}`;
  return WEBSITE_HOSTNAME ? `https://${WEBSITE_HOSTNAME}` : undefined;
}
