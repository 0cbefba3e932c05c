/** What each tool does. Whatever could be repeated by a retry is claimed in the store before it is done. */
import type { Call, CallRecord } from "./call.ts";
import { checkField, fieldsOf } from "./claim.ts";
import { mayWithdraw } from "./consent.ts";
import { phoneNumber } from "./phone-number.ts";
import { documentsFor, soFar } from "./prompts.ts";
import { takeOverRecording } from "./recording-start.ts";
import { resume } from "./resume.ts";
import { sentText } from "./sent-text.ts";
import { advance } from "./status.ts";
import { claimOneOf } from "./store.ts";
import { fastest, slowest, type ToolArguments, type ToolContext, type ToolName, type ToolOutcome } from "./tool.ts";
import { askForCode } from "./verification.ts";

/** Text messages that the assistant may send in one call. */
const texts = ["text:1", "text:2", "text:3", "text:4", "text:5"];

type Action<Name extends ToolName> = (context: ToolContext, call: Call, given: ToolArguments<Name>) => Promise<ToolOutcome>;

export const actions: { readonly [Name in ToolName]: Action<Name> } = {
  end_call: async () => ({ content: "The call ends after your goodbye.", effect: { kind: "end_call" } }),

  talk_to_human: async (_context, { initiate }, { briefing }) => {
    const to = initiate.agent_phone_number;
    if (!to) return { content: "No person can be reached on this line; offer a call back and note it as a reminder." };
    return {
      content: "The call is being handed over to a person; say so in one short sentence.",
      effect: { kind: "transfer", to, ...(briefing && initiate.transfer === "warm" ? { briefing } : {}) },
    };
  },

  async new_claim(context, call) {
    if (!(await context.store.claim(call.call_id, `tool:${context.toolId}`))) return { content: "This was already done." };
    const {
      synthesis: _synthesis,
      next: _next,
      ended_reason: _reason,
      briefing: _briefing,
      handover: _handover,
      resumable: _resumable,
      resumes: _resumes,
      verification: _verification,
      media_nonce_sha256: _nonce,
      media_used: _used,
      media_restarts: _restarts,
      media_lost_at: _lost,
      messages: _messages,
      ...kept
    } = call;
    const fresh: CallRecord = {
      ...kept,
      call_id: context.newId(),
      created_at: context.now().toISOString(),
      claim: {},
      reminders: [],
    };
    await context.store.create(fresh);
    const former = await context.store.change(call.call_id, (record) => ({
      ...advance(record, "ended", "completed"),
      continued_as: fresh.call_id,
    }));
    await takeOverRecording(context.store, former, fresh.call_id);
    await context.finish(call.call_id);
    await context.store.close(call.call_id);
    return {
      content: "The former claim is kept. A new, empty claim is open; ask for its first field.",
      effect: { kind: "switch_call", callId: fresh.call_id },
    };
  },

  async updated_claim(context, call, { updates }) {
    const country = phoneNumber(call.phone_number)?.country;
    const fields = new Map(fieldsOf(call.initiate).map((each) => [each.name, each]));
    const good: Record<string, string> = {};
    const told = updates.map(({ field, value }) => {
      const known = fields.get(field);
      if (!known) return `There is no field "${field.slice(0, 64)}"; the fields are ${[...fields.keys()].join(", ")}.`;
      const checked = checkField(known, value, country);
      if ("fault" in checked) return `${field} was not updated: ${checked.fault}`;
      good[field] = checked.value;
      return `${field} is now ${JSON.stringify(checked.value)}.`;
    });
    if (Object.keys(good).length > 0)
      await context.store.change(call.call_id, (record) => ({ ...record, claim: { ...record.claim, ...good } }));
    return { content: told.join("\n") };
  },

  async new_or_updated_reminder(context, call, given) {
    const due = checkField({ name: "due_date_time", type: "datetime" }, given.due_date_time);
    if ("fault" in due) return { content: `The reminder was not noted: due_date_time ${due.fault}` };
    if (new Date(due.value) <= context.now())
      return { content: "The reminder was not noted: due_date_time is in the past; give a future one." };
    const reminder = { ...given, due_date_time: due.value, created_at: context.now().toISOString() };
    const before = call.reminders.some((each) => each.title === given.title);
    await context.store.change(call.call_id, (record) => ({
      ...record,
      reminders: [...record.reminders.filter((each) => each.title !== given.title), reminder],
    }));
    return { content: `The reminder "${given.title}" was ${before ? "updated" : "noted"}.` };
  },

  async search_document(context, call, { queries }) {
    const passages = await context.knowledge.search(queries, call.lang_short_code);
    if (passages.length === 0)
      return { content: "The documents say nothing about this. Say that you do not know; do not guess." };
    return { content: `${documentsFor(passages)}\nAnswer from these only, and name the title you used.` };
  },

  async send_sms(context, call, { message }) {
    if (!phoneNumber(call.phone_number))
      return { content: "The caller's number is withheld, so no text message can be sent; say so." };
    if (!(await context.store.claim(call.call_id, `tool:${context.toolId}`)))
      return { content: "This message was already dealt with." };
    if (!(await claimOneOf(context.store, call.call_id, texts)))
      return { content: "No further text message is sent in this call; say so, and tell it to the customer instead." };
    await context.sms.send(call.phone_number, message);
    const text = sentText(call, { id: `sms-out:${context.toolId}`, at: context.now(), content: message });
    await context.store.append(call.call_id, text);
    return { content: "The text message is on its way to the customer's phone." };
  },

  async speech_speed(context, call, { speed }) {
    const rate = Math.min(fastest, Math.max(slowest, speed));
    await context.store.change(call.call_id, (record) => ({ ...record, initiate: { ...record.initiate, prosody_rate: rate } }));
    return { content: `Speech is now at ${rate} of the normal speed.`, effect: { kind: "speed", rate } };
  },

  async speech_lang(context, call, { lang }) {
    const available = call.initiate.lang.availables;
    const chosen = available.find((each) => each.short_code === lang);
    if (!chosen)
      return {
        content: `The language was not changed: this line speaks ${available.map((each) => each.short_code).join(", ")}.`,
      };
    await context.store.change(call.call_id, (record) => ({ ...record, lang_short_code: lang }));
    return { content: `Go on in ${chosen.pronunciations_en[0]} from now on.`, effect: { kind: "language", shortCode: lang } };
  },

  async recording_consent(context, call, { given }) {
    const isToEnd = call.recording_withdrawn?.recording === "being stopped";
    if (call.recording_withdrawn && !isToEnd)
      return { content: "The call is not recorded any more, and no recording is begun again in this call. Go on." };
    if (isToEnd || (!given && mayWithdraw(call, await context.flags()))) {
      await context.withdrawRecording(call.call_id);
      const before = call.initiate.recording_withdrawn === "keep" ? "stays kept" : "is deleted";
      return {
        content: `Noted: the call is not recorded any more, and what was recorded until now ${before}. Say so, and go on.`,
      };
    }
    const at = context.now().toISOString();
    const { recording_consent } = await context.store.change(call.call_id, (record) =>
      record.recording_consent?.given ? record : { ...record, recording_consent: { given, at } },
    );
    if (!recording_consent?.given) return { content: "Noted: the call is not recorded. Go on." };
    const started = await context.startRecording(call.call_id);
    return { content: started ? "Noted: the call is recorded from now on. Go on." : "Noted. Go on." };
  },

  async continue_last_conversation(context, call) {
    if (!call.verified) return askForCode(context, call);
    const continued = await resume(context.store, call.call_id);
    const now = continued ? await context.store.get(call.call_id) : undefined;
    return {
      content: now
        ? `The earlier conversation goes on here.\n\n${soFar(now)}`
        : "The earlier conversation is not kept any more; say so.",
    };
  },

  async collect_digits(_context, { initiate }, { name }) {
    const wanted = initiate.secure_digits.find((each) => each.name === name);
    if (!wanted)
      return {
        content: `There are no digits "${name.slice(0, 64)}" to type; there are ${initiate.secure_digits.map((each) => each.name).join(", ")}.`,
      };
    const { least, most } = wanted;
    return {
      content: "The customer types now; what came of it follows.",
      effect: { kind: "collect_digits", name, least: Math.min(least, most), most },
    };
  },
};
