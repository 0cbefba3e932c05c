/** One call as staff see it: what was said, what is known, what comes next. */
import type { FC } from "hono/jsx";
import type { ClaimField } from "../agent.ts";
import { type Call, type Message, nextActions } from "../calls/call.ts";
import { fieldsOf } from "../calls/claim.ts";
import { mayBeHeard } from "../calls/recording-withdrawal.ts";
import { isEarlier } from "../calls/resume.ts";
import { inWords, Layout, Moment } from "./layout.tsx";

export const SingleCall: FC<{ readonly call: Call; readonly nonce: string }> = ({ call, nonce }) => (
  <Layout title="Call" nonce={nonce} here="/report">
    <h1>{call.synthesis?.short ?? "Call"}</h1>
    <p class="soft sentence">
      {call.direction} call, <Moment at={call.created_at} />
    </p>
    <Section title="Call">
      <Details call={call} />
    </Section>
    {mayBeHeard(call) ? (
      <Section title="Recording">
        {/* biome-ignore lint/a11y/useMediaCaption: the conversation below is the transcript */}
        <audio controls preload="none" src={`/report/${call.call_id}/recording`} />
      </Section>
    ) : null}
    {call.briefing ? (
      <Section title="Briefing of the colleague">
        <p>{call.briefing}</p>
      </Section>
    ) : null}
    {call.synthesis ? (
      <Section title="Summary">
        <p>{call.synthesis.long}</p>
      </Section>
    ) : null}
    <Section title="Claim">
      <dl>
        {fieldsOf(call.initiate).map((field) => (
          <>
            <dt>{inWords(field.name)}</dt>
            <dd>
              <FieldValue field={field} value={call.claim[field.name]} />
            </dd>
          </>
        ))}
      </dl>
    </Section>
    <Section title="Reminders">
      {call.reminders.length === 0 ? <p class="soft">None.</p> : null}
      <ol>
        {[...call.reminders]
          .sort((one, other) => Date.parse(one.due_date_time) - Date.parse(other.due_date_time))
          .map((each) => (
            <li>
              <Moment at={each.due_date_time} />, {each.owner}: <strong>{each.title}</strong>. {each.description}
            </li>
          ))}
      </ol>
    </Section>
    {call.next ? (
      <Section title="Next action">
        <ul class="chips">
          {nextActions.map((action) => (
            <li
              class={action === call.next?.action ? "chosen" : "soft"}
              aria-current={action === call.next?.action ? "true" : undefined}
            >
              {inWords(action)}
            </li>
          ))}
        </ul>
        <p>{call.next.justification}</p>
      </Section>
    ) : null}
    {call.synthesis ? (
      <Section title="Analysis">
        <dl>
          <dt>Satisfaction</dt>
          <dd>{call.synthesis.satisfaction}</dd>
          <dt>To improve</dt>
          <dd>{call.synthesis.improvement_suggestions}</dd>
        </dl>
      </Section>
    ) : null}
    <Section title="Conversation">
      <Conversation call={call} />
    </Section>
    <Section title="Task">
      <p>{call.initiate.task}</p>
    </Section>
  </Layout>
);

/** A date and time of day without a zone is the customer's own, and stays as it was said. */
const FieldValue: FC<{ readonly field: ClaimField; readonly value: string | undefined }> = ({ field, value }) => {
  if (value === undefined) return <span class="soft">not given</span>;
  return field.type === "datetime" && /(?:Z|[+-]\d{2}:?\d{2})$/.test(value) ? <Moment at={value} /> : value;
};

const Section: FC<{ readonly title: string; readonly children?: unknown }> = ({ title, children }) => (
  <section>
    <h2>{title}</h2>
    {children}
  </section>
);

const ofRecording: Readonly<Record<NonNullable<Call["recording_withdrawn"]>["recording"], string>> = {
  "being stopped": "the service has yet to confirm it",
  none: "nothing was recorded before",
  kept: "what was recorded before is kept",
  "to be deleted": "what was recorded before is being deleted",
  deleted: "what was recorded before is deleted",
  unconfirmed:
    "it could not be confirmed: the service never said whether it recorded; what there may be is not played, and expires with the others",
};

const Details: FC<{ readonly call: Call }> = ({ call }) => (
  <dl>
    <dt>Status</dt>
    <dd>
      {call.status}
      {call.ended_reason ? `, ${inWords(call.ended_reason)}` : ""}
    </dd>
    <dt>Number</dt>
    <dd>{call.phone_number}</dd>
    <dt>Assistant</dt>
    <dd>
      {call.initiate.bot_name}, {call.initiate.bot_company}
    </dd>
    <dt>Language</dt>
    <dd>{call.lang_short_code}</dd>
    {call.verified ? (
      <>
        <dt>Caller</dt>
        <dd>proven to be the number's person</dd>
      </>
    ) : null}
    {call.resumes ? (
      <>
        <dt>Continues</dt>
        <dd>
          <a href={`/report/${call.resumes}`}>an earlier call</a>
        </dd>
      </>
    ) : null}
    {call.recording_consent ? (
      <>
        <dt>Consent to recording</dt>
        <dd>
          {call.recording_consent.given ? "given" : "refused"}, <Moment at={call.recording_consent.at} near={call.created_at} />
        </dd>
      </>
    ) : null}
    {call.recording_withdrawn ? (
      <>
        <dt>Recording ended</dt>
        <dd>
          by the {call.recording_withdrawn.by}, <Moment at={call.recording_withdrawn.at} near={call.created_at} />;{" "}
          {ofRecording[call.recording_withdrawn.recording]}
        </dd>
      </>
    ) : null}
    <dt>Call id</dt>
    <dd>{call.call_id}</dd>
  </dl>
);

const did: Readonly<Record<Message["action"], string>> = {
  call: "called",
  hangup: "hung up",
  sms: "sent a text message",
  talk: "said",
};

const Conversation: FC<{ readonly call: Call }> = ({ call }) => {
  const shown = call.messages.filter((each) => each.content || each.action === "call" || each.action === "hangup");
  if (shown.length === 0) return <p class="soft">Nothing was said.</p>;
  const customer = call.claim.policyholder_name ?? "Customer";
  return (
    <ol class="talk">
      {shown.map((each) => (
        <li class={each.persona}>
          <span class="who">
            {each.persona === "human" ? customer : call.initiate.bot_name} {did[each.action]}
            {isEarlier(each) ? " in an earlier call" : ""}, <Moment at={each.created_at} near={call.created_at} />
          </span>
          <div dir="auto">{each.content}</div>
        </li>
      ))}
    </ol>
  );
};
