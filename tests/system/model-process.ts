/** The stand-in model in a process of its own, so that it can be killed: `node tests/system/model-process.ts PORT [--no-realtime]`. */
import { wallClock } from "../../laptop/clock.ts";
import { certificateAuthority } from "../../laptop/identity/certificates.ts";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI } from "../../laptop/openai/open-ai.ts";
import { serve } from "../../laptop/service.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import { models } from "../../stacks/models.ts";

const [port, folder = "", realtime] = process.argv.slice(2);

const server = createOpenAI({
  // Whoever found this port was told of it by the test.
  access: { require: async () => ({ objectId: "test", tenantId: "test", audience: "test", claims: {} }) },
  accountId: "/subscriptions/test",
  clock: wallClock,
  random: Math.random,
  voice: await openVoice(),
  model: createModel(),
});
for (const { name, version } of models) server.createDeployment({ name, model: name, version, capacity: 1_000 });
if (realtime === "--no-realtime") server.fault({ on: "realtime", kind: "server-error", times: Number.POSITIVE_INFINITY });
const { server: certificate } = await certificateAuthority(folder, wallClock.nowMs());
await serve(server, certificate, Number(port));
process.stdout.write("listening\n");
