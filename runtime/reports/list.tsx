/** The list of calls, newest first, with a search by number that keeps the number out of the address. */
import type { FC } from "hono/jsx";
import type { CallPage } from "../calls/store.ts";
import { inWords, Layout, Moment } from "./layout.tsx";

interface CallList extends CallPage {
  readonly nonce: string;
  /** The number searched for, as it was typed. */
  readonly phone?: string;
  readonly fault?: string;
}

export const CallList: FC<CallList> = ({ calls, continuation, phone, fault, nonce }) => (
  <Layout title="Calls" nonce={nonce} here="/report">
    <h1>Calls</h1>
    <search>
      <form method="post" action="/report" class="row">
        <label>
          Phone number{" "}
          <input
            type="tel"
            name="phone_number"
            value={phone ?? ""}
            autocomplete="off"
            aria-describedby={fault ? "fault" : undefined}
          />
        </label>
        <button type="submit" class="main">
          Search
        </button>
      </form>
    </search>
    {fault ? (
      <p id="fault" role="alert" class="fault">
        {fault}
      </p>
    ) : null}
    {fault ? null : (
      <section aria-label={phone ? "Calls with this number" : "All calls"}>
        {calls.length === 0 ? <p>No calls{phone ? " with this number" : " yet"}.</p> : <Rows calls={calls} />}
      </section>
    )}
    {phone ? (
      <p>
        <a href="/report">All calls</a>
      </p>
    ) : null}
    {continuation ? (
      <form method="post" action="/report">
        <input type="hidden" name="phone_number" value={phone ?? ""} />
        <input type="hidden" name="continuation" value={continuation} />
        <button type="submit">Older calls</button>
      </form>
    ) : null}
  </Layout>
);

const Rows: FC<Pick<CallPage, "calls">> = ({ calls }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">When</th>
        <th scope="col">Number</th>
        <th scope="col">Status</th>
        <th scope="col">About</th>
      </tr>
    </thead>
    <tbody>
      {calls.map((call) => (
        <tr>
          <td>
            <a href={`/report/${call.call_id}`}>
              <Moment at={call.created_at} />
            </a>
          </td>
          <td class="fixed">{call.phone_number}</td>
          <td class="sentence">
            {call.direction}, {inWords(call.ended_reason ?? call.status)}
          </td>
          <td class="sentence">{call.synthesis?.short ?? <span class="soft">not summarised</span>}</td>
        </tr>
      ))}
    </tbody>
  </table>
);
