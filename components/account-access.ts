/** Who reaches a Cognitive Services account: nobody by key, and from the internet only where access is public. */
export const accountAccess = (publicAccess: boolean) => ({
  disableLocalAuth: true,
  publicNetworkAccess: publicAccess ? "Enabled" : "Disabled",
  // Communication Services and others of Azure's own come as trusted services.
  networkAcls: {
    defaultAction: publicAccess ? "Allow" : "Deny",
    bypass: "AzureServices",
    ipRules: [],
    virtualNetworkRules: [],
  },
});
