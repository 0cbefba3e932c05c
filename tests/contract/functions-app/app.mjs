// A small app for the real programming model: what it did is told by GET /seen.
import { app } from "@azure/functions";

const seen = { jobs: [], ticks: 0, invocations: 0 };

app.hook.preInvocation(() => {
  seen.invocations += 1;
});

app.http("seen", { route: "seen", methods: ["GET"], authLevel: "anonymous", handler: () => ({ jsonBody: seen }) });

app.http("message", {
  route: "rooms/{room}/messages/{id?}",
  methods: ["GET", "POST"],
  authLevel: "anonymous",
  handler: async (request) => ({
    status: 201,
    jsonBody: {
      ...request.params,
      query: request.query.get("q"),
      body: request.method === "POST" ? await request.json() : undefined,
    },
    headers: { "x-answer": "yes" },
    cookies: [{ name: "visit", value: "1", path: "/", httpOnly: true, sameSite: "Lax" }],
  }),
});

app.http("fails", {
  route: "fails",
  methods: ["GET"],
  authLevel: "anonymous",
  handler: () => {
    throw new Error("the handler failed");
  },
});

app.storageQueue("job", {
  queueName: "%JOBS_QUEUE%",
  connection: "AzureWebJobsStorage",
  handler: (job, context) => {
    seen.jobs.push({ job, attempt: context.triggerMetadata.dequeueCount });
    if (job.fails) throw new Error("the job failed");
  },
});

app.timer("tick", {
  schedule: "*/1 * * * * *",
  handler: () => {
    seen.ticks += 1;
  },
});
