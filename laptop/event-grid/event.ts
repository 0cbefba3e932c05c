/** One event and the two shapes Event Grid delivers it in. */

export interface Event {
  readonly id: string;
  /** ARM id of what it happened to. */
  readonly sourceId: string;
  /** E.g. `Microsoft.Communication.IncomingCall`. */
  readonly type: string;
  readonly subject: string;
  readonly data: unknown;
  readonly publishedMs: number;
}

export type Schema = "CloudEventSchemaV1_0" | "EventGridSchema";

/** The event as a destination receives it. Source: learn.microsoft.com/azure/event-grid/event-schema and cloud-event-schema. */
export function wrap(event: Event, schema: Schema): Readonly<Record<string, unknown>> {
  const time = new Date(event.publishedMs).toISOString();
  const { id, subject, data } = event;
  return schema === "CloudEventSchemaV1_0"
    ? { id, source: event.sourceId, subject, data, type: event.type, time, specversion: "1.0" }
    : {
        id,
        topic: event.sourceId,
        subject,
        data,
        eventType: event.type,
        eventTime: time,
        dataVersion: "1.0",
        metadataVersion: "1",
      };
}

export interface Fate {
  readonly reason: "MaxDeliveryAttemptsExceeded" | "TimeToLiveExceeded" | "UndeliverableDueToRejection";
  readonly attempts: number;
  /** What the last attempt met, e.g. `Forbidden`. */
  readonly outcome: string;
  readonly lastAttemptMs: number;
}

/** The event as a dead letter: itself and why it was given up. CloudEvents' attribute names are lower case throughout. */
export function deadLetter(event: Event, schema: Schema, fate: Fate): Readonly<Record<string, unknown>> {
  const facts = {
    deadLetterReason: fate.reason,
    deliveryAttempts: fate.attempts,
    lastDeliveryOutcome: fate.outcome,
    publishTime: new Date(event.publishedMs).toISOString(),
    lastDeliveryAttemptTime: new Date(fate.lastAttemptMs).toISOString(),
  };
  const spelled = Object.entries(facts).map(([name, value]) => [
    schema === "CloudEventSchemaV1_0" ? name.toLowerCase() : name,
    value,
  ]);
  return { ...wrap(event, schema), ...Object.fromEntries(spelled) };
}
