/** One stack: its settings, its resources, its outputs. */
import { packageApps } from "./components/bundle.ts";
import { readStackSettings } from "./stacks/settings.ts";
import { createStack } from "./stacks/stack.ts";

const settings = readStackSettings();
const packages = await packageApps("dist");

export const {
  openAIEndpoint,
  signalRConnectionString,
  functionAppUrl,
  modelRouterEndpoint,
  webRTCEndpoint,
  callsEndpoint,
  reportUrl,
  bridgeUrl,
  deployedModels,
  cosmosEndpoint,
  searchEndpoint,
  redisHostName,
  communicationEndpoint,
  keyVaultEndpoint,
  customers,
} = createStack(settings, { packages });
