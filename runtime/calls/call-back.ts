/** What is noted for the staff when a line is lost for good, so that the conversation does not end with the call. */
import type { CallRecord } from "./call.ts";

const title = "Call the customer back";

/** The record with a reminder to call back, due now; as it is when it has one. */
export function withCallBack(record: CallRecord, now: Date): CallRecord {
  if (record.reminders.some((each) => each.title === title)) return record;
  const reminder = {
    created_at: now.toISOString(),
    title,
    description: "The line's sound was lost during the call and could not be restored. Go on where the conversation stopped.",
    due_date_time: now.toISOString(),
    owner: "Customer service",
  };
  return { ...record, reminders: [...record.reminders, reminder] };
}
