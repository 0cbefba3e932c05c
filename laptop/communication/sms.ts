/** Text messages: out through the SDK's `POST /sms`, in as Event Grid events. */
import { z } from "zod";
import { Refusal } from "../identity/access.ts";
import type { TextMessage } from "../telephone/exchange.ts";
import { numberFault } from "../telephone/number.ts";
import type { CommunicationArgs } from "./communication.ts";
import { badRequest } from "./failures.ts";
import { uuid } from "./identifiers.ts";
import { read } from "./requests.ts";

const sendRequest = z.object({
  from: z.string(),
  /** The service takes up to 100 recipients, and messages of up to 2,048 characters. */
  smsRecipients: z
    .array(z.object({ to: z.string(), repeatabilityRequestId: z.string().optional() }))
    .min(1)
    .max(100),
  message: z.string().min(1).max(2_048),
  smsSendOptions: z.object({ enableDeliveryReport: z.boolean().default(false), tag: z.string().optional() }).optional(),
});

interface Sent {
  readonly to: string;
  readonly messageId?: string;
  readonly httpStatusCode: number;
  readonly repeatabilityResult: "accepted" | "rejected";
  readonly successful: boolean;
  readonly errorMessage?: string;
}

/** Ids of requests already done, with what was answered: a retry delivers nothing twice. */
const done = new WeakMap<CommunicationArgs, Map<string, Sent>>();

/** Sends to each recipient; a recipient that cannot be reached is told in its own item, as the service does. */
export function sendSms(args: CommunicationArgs, own: ReadonlySet<string>, method: string, body: unknown): Response {
  if (method !== "POST") throw new Refusal(405, "MethodNotAllowed", "Messages are sent by POST.");
  const request = read(sendRequest, body);
  if (!own.has(request.from)) throw badRequest("from: must be a phone number that this Communication Services resource owns.");
  const kept = done.get(args) ?? new Map<string, Sent>();
  done.set(args, kept);
  const value = request.smsRecipients.map(({ to, repeatabilityRequestId: id }) => {
    const before = id ? kept.get(id) : undefined;
    if (before) return before;
    const sent = sendOne(args, request.from, to, request.message, request.smsSendOptions);
    if (id) kept.set(id, sent);
    return sent;
  });
  return Response.json({ value }, { status: 202 });
}

function sendOne(
  args: CommunicationArgs,
  from: string,
  to: string,
  words: string,
  options: z.output<typeof sendRequest>["smsSendOptions"],
): Sent {
  if (numberFault(to)) {
    const errorMessage = "Invalid To phone number format.";
    return { to, httpStatusCode: 400, repeatabilityResult: "rejected", successful: false, errorMessage };
  }
  const messageId = `Outgoing_${uuid(args.random)}_noam`;
  args.exchange.text(from, to, words);
  if (options?.enableDeliveryReport) void report(args, { messageId, from, to, tag: options.tag });
  return { to, messageId, httpStatusCode: 202, repeatabilityResult: "accepted", successful: true };
}

/** Event Grid writes numbers of messages without the plus in subjects (event schema of Communication Services SMS). */
function subject(number: string): string {
  return `/phonenumber/${number.replace("+", "")}`;
}

async function report(
  args: CommunicationArgs,
  { tag, ...message }: { messageId: string; from: string; to: string; tag: string | undefined },
): Promise<void> {
  const timestamp = new Date(args.clock.nowMs()).toISOString();
  await args.publish({
    type: "Microsoft.Communication.SMSDeliveryReportReceived",
    subject: subject(message.to),
    data: {
      ...message,
      deliveryStatus: "Delivered",
      deliveryStatusDetails: "2000: Message Delivered Successfully.",
      deliveryAttempts: [{ timestamp, segmentsSucceeded: 1, segmentsFailed: 0 }],
      receivedTimestamp: timestamp,
      ...(tag === undefined ? {} : { tag }),
    },
  });
}

/** Somebody's phone wrote to one of the resource's numbers. */
export function publishReceived(args: CommunicationArgs, { from, to, words, sentAtMs }: TextMessage): void {
  const receivedTimestamp = new Date(sentAtMs).toISOString();
  void args.publish({
    type: "Microsoft.Communication.SMSReceived",
    subject: subject(to),
    data: { messageId: `Incoming_${uuid(args.random)}`, from, to, message: words, receivedTimestamp },
  });
}
