/** The functions app: its routes and triggers. What they do is elsewhere. */
import { app, type InvocationContext } from "@azure/functions";
import { afterCall } from "./calls/after-call.ts";
import { deliverEnd } from "./calls/completion.ts";
import { incomingCall } from "./calls/inbound.ts";
import { finishWithdrawals } from "./calls/recording-withdrawal.ts";
import { sweep } from "./calls/sweeper.ts";
import { watchOver } from "./chat/watch.ts";
import { httpApp } from "./http/app.ts";
import { azure } from "./http/azure.ts";
import { callbackVerifier, openId, staffVerifier } from "./http/verify.ts";
import { smsReceived } from "./messages/inbound.ts";
import { readSettings } from "./services/environment.ts";
import { openServices } from "./services/services.ts";
import { failingWordless } from "./services/wordless.ts";
import { carriedByCommunication, functionsSettings } from "./settings.ts";

const settings = readSettings(functionsSettings, process.env);
const services = openServices(settings);
const metadata = openId(settings.STAFF_AUTHORITY);
const staff = staffVerifier(metadata, settings.STAFF_CLIENT_ID, services.now);
// A line that another carrier has gets no callbacks, and whoever sends one is nobody.
const callback = carriedByCommunication(settings) ? callbackVerifier(settings, services.now) : async () => undefined;
const web = httpApp(services, { staff, callback, metadata });
const http = { authLevel: "anonymous", handler: azure(web.fetch) } as const;
const queue = { connection: "AzureWebJobsStorage" } as const;

app.http("liveness", { ...http, methods: ["GET"], route: "health/liveness" });
app.http("readiness", { ...http, methods: ["GET"], route: "health/readiness" });

app.http("calls", { ...http, methods: ["GET", "POST"], route: "call" });
app.http("call", { ...http, methods: ["GET", "DELETE"], route: "call/{which}" });
app.http("operator", { ...http, methods: ["POST"], route: "call/{which}/operator" });
app.http("callback", { ...http, methods: ["POST"], route: "acs/callback/{callId}" });

app.http("twilio", { ...http, methods: ["POST"], route: "twilio/{*path}" });
app.http("sip", { ...http, methods: ["POST"], route: "sip/incoming" });
app.http("phone", { ...http, methods: ["GET"], route: "phone" });
app.http("phoneCalls", { ...http, methods: ["POST"], route: "phone/calls" });
app.http("phoneCall", { ...http, methods: ["DELETE"], route: "phone/calls/{id}" });
app.http("phoneDigits", { ...http, methods: ["POST"], route: "phone/calls/{id}/digits" });

app.http("ModelRouter", { ...http, methods: ["POST"], route: "api/ModelRouter" });
app.http("SignalRInfo", { ...http, methods: ["POST"], route: "api/SignalRInfo" });
app.http("SignalRNegotiate", { ...http, methods: ["POST"], route: "api/SignalRInfo/negotiate" });
app.http("SignalRMessages", { ...http, methods: ["POST"], route: "api/SignalRMessages" });
app.http("SignalREvents", { ...http, methods: ["POST"], route: "api/signalr/{hub}/{category}/{event}" });
app.http("visitors", { ...http, methods: ["POST"], route: "api/chat/visitors" });
app.http("realtimeCalls", { ...http, methods: ["POST"], route: "api/realtime/calls" });
app.http("realtimeSecrets", { ...http, methods: ["POST"], route: "api/realtime/secrets" });
app.http("realtimeAttached", { ...http, methods: ["POST"], route: "api/realtime/attached" });
app.http("chatTurns", { ...http, methods: ["POST"], route: "api/chat/turns" });
app.http("chatDial", { ...http, methods: ["GET"], route: "api/chat/dial" });
app.http("chatSession", { ...http, methods: ["GET"], route: "api/chat/sessions/{id}" });
app.http("chatSessionEnd", { ...http, methods: ["POST"], route: "api/chat/sessions/{id}/end" });

app.http("report", { ...http, methods: ["GET", "POST"], route: "report" });
app.http("reportSingle", { ...http, methods: ["GET"], route: "report/{which}" });
app.http("recording", { ...http, methods: ["GET"], route: "report/{which}/recording" });
app.http("chat", { ...http, methods: ["GET"], route: "chat" });
app.http("chatSessions", { ...http, methods: ["GET"], route: "chat/sessions" });

app.http("signIn", { ...http, methods: ["GET"], route: "sign-in" });
app.http("signInCallback", { ...http, methods: ["GET"], route: "sign-in/callback" });
app.http("signOut", { ...http, methods: ["POST"], route: "sign-out" });

// Whatever else is asked gets an answer that says what there is, in place of the host's empty 404 and 405.
app.http("elsewhere", { ...http, methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], route: "{*path}" });

app.storageQueue("incomingCall", {
  ...queue,
  queueName: "%CALLS_QUEUE%",
  handler: failingWordless((message) => incomingCall(services, message)),
});
app.storageQueue("smsReceived", {
  ...queue,
  queueName: "%SMS_QUEUE%",
  handler: failingWordless((message) => smsReceived(services, message)),
});
app.storageQueue("afterCall", {
  ...queue,
  queueName: "%AFTER_CALL_QUEUE%",
  handler: failingWordless((message: unknown, { triggerMetadata }: InvocationContext) =>
    afterCall(services, message, Number(triggerMetadata?.dequeueCount ?? 1)),
  ),
});
app.storageQueue("webhookDue", {
  ...queue,
  queueName: "%WEBHOOKS_QUEUE%",
  handler: failingWordless((message) => deliverEnd(services, message)),
});
app.timer("chatWatch", { schedule: "30 * * * * *", handler: failingWordless(() => watchOver(services)) });
app.timer("sweeper", { schedule: "0 * * * * *", handler: failingWordless(() => sweep(services)) });
app.timer("withdrawals", { schedule: "15 * * * * *", handler: failingWordless(() => finishWithdrawals(services)) });
