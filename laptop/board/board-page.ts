/** The board as HTML: no script, no asset from elsewhere; it reloads itself while the system starts. */
import { html, raw } from "hono/html";
import type { OpenNow } from "../service.ts";
import type { BoardState, RecentCall, RecentChat } from "./board-state.ts";
import { boardStyle } from "./board-style.ts";

/** What was last called and chatted; undefined while the API does not answer. */
export interface Recent {
  readonly calls: readonly RecentCall[] | undefined;
  readonly chats: readonly RecentChat[] | undefined;
}

type Markup = ReturnType<typeof html>;

export function boardPage(state: BoardState | undefined, recent: Recent): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${state ? "" : html`<meta http-equiv="refresh" content="1" />`}
        <title>Switchboard on this laptop</title>
        <link rel="icon" href="data:," />
        <style>
          ${raw(boardStyle)}
        </style>
      </head>
      <body>
        <header>
          <h1>Switchboard</h1>
          <p class="note">The whole system on this laptop, from the same graph that goes to Azure.</p>
        </header>
        <main>${state ? running(state, recent) : html`<p role="status">Starting…</p>`}</main>
      </body>
    </html>`;
}

const opened = (open: OpenNow): string =>
  Object.entries(open)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");

function running(state: BoardState, { calls, chats }: Recent): Markup {
  const { outputs, apps, services } = state;
  return html`
    <nav aria-label="Ways in">
      <a href="/phone"><strong>Phone</strong> <span>Call ${state.phoneNumber}, or be called</span></a>
      <a href="${String(outputs.functionAppUrl ?? "")}/chat"><strong>Chat</strong> <span>Type or talk; the laptop's own voice is tones</span></a>
      <a href="${String(outputs.reportUrl ?? "")}"><strong>Reports</strong> <span>What was said, and what came of it</span></a>
    </nav>
    <div class="beside">
      ${section("calls", "Last calls", lastCalls(String(outputs.reportUrl), calls))}
      ${section("chats", "Last chats", lastChats(String(outputs.functionAppUrl), chats))}
    </div>
    ${section(
      "apps",
      "Apps",
      table(
        ["App", "State", "Address", "Restarts", "Log"],
        apps.map((app) => [
          html`<th scope="row">${app.name}</th>`,
          html`<td class="${app.state === "running" ? "well" : "ill"}">${app.state}</td>`,
          fixed(app.address),
          html`<td>${app.restarts} ${app.restarts === 1 ? "restart" : "restarts"}</td>`,
          fixed(app.log),
        ]),
      ),
    )}
    ${section(
      "services",
      "Stand-ins",
      table(
        ["Stands in for", "Resource", "Address", "Open now"],
        services.map((each) => [
          html`<th scope="row">${each.service}</th>`,
          html`<td>${each.name}</td>`,
          fixed(each.address),
          html`<td>${opened(each.open?.() ?? {})}</td>`,
        ]),
      ),
    )}
    ${section(
      "outputs",
      "Outputs of the stack",
      html`<dl>
        ${Object.entries(outputs).map(([name, value]) => html`<dt>${name}</dt><dd>${shown(value)}</dd>`)}
      </dl>`,
    )}
  `;
}

function lastCalls(reportUrl: string, calls: Recent["calls"]): Markup {
  if (!calls) return silent;
  if (calls.length === 0)
    return html`<p>None yet. <a href="/phone">Place one</a>, or run <code>npm run phone -- --say "Hello"</code>.</p>`;
  return table(
    ["When", "State", "About"],
    calls.map((call) => [
      html`<td><a href="${reportUrl}/${call.call_id}">${moment(call.created_at)}</a></td>`,
      html`<td>${call.direction}, ${call.status.replaceAll("_", " ")}</td>`,
      html`<td>${call.summary}</td>`,
    ]),
  );
}

function lastChats(functionsUrl: string, chats: Recent["chats"]): Markup {
  if (!chats) return silent;
  if (chats.length === 0) return html`<p>None yet. <a href="${functionsUrl}/chat">Begin one</a>.</p>`;
  return table(
    ["When", "Model", "Turns", "Cost"],
    chats.map((chat) => [
      html`<td>${moment(chat.created_at)}</td>`,
      html`<td>${chat.model ?? "not chosen"}</td>`,
      html`<td>${chat.turns} ${chat.turns === 1 ? "turn" : "turns"}</td>`,
      html`<td>${chat.cost_usd === undefined ? "not metered" : `$${chat.cost_usd.toFixed(4)}`}</td>`,
    ]),
  );
}

const silent = html`<p role="status">The API does not answer yet; reload in a moment.</p>`;

function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;
}

function table(columns: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  return html`<table>
    <thead>
      <tr>${columns.map((each) => html`<th scope="col">${each}</th>`)}</tr>
    </thead>
    <tbody>
      ${rows.map((cells) => html`<tr>${cells}</tr>`)}
    </tbody>
  </table>`;
}

const fixed = (text: string): Markup => html`<td class="fixed">${text}</td>`;

/** UTC, as logs and reports have it. */
const moment = (at: string): Markup => html`<time datetime="${at}">${at.slice(0, 16).replace("T", " ")}&nbsp;UTC</time>`;

function shown(value: unknown): Markup | string {
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return "none";
  return html`<ul>
    ${entries.map(([name, each]) => html`<li>${name}: ${typeof each === "string" ? each : JSON.stringify(each)}</li>`)}
  </ul>`;
}
