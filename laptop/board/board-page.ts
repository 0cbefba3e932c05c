/** The board as HTML: no script, no asset from elsewhere; it reloads itself while the system starts. */
import { html } from "hono/html";
import type { BoardState, RecentCall } from "./board.ts";

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 4rem; }
  h1 { margin: 0 0 0.25rem; font-size: 1.6rem; }
  h2 { margin: 2rem 0 0.5rem; font-size: 1.1rem; }
  nav { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0; }
  nav a { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.6rem 1rem; text-decoration: none; font-weight: 600; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  td.fixed, code { font: 0.9rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
  .well { color: light-dark(#116329, #57d37b); } .ill { color: light-dark(#a40e26, #ff8a92); }
  p.note { opacity: 0.75; }
`;

export function boardPage(state: BoardState | undefined, calls: readonly RecentCall[] | undefined) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${state ? "" : html`<meta http-equiv="refresh" content="1" />`}
        <title>Switchboard on this laptop</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <header>
          <h1>Switchboard</h1>
          <p class="note">The whole system on this laptop, from the same graph that goes to Azure.</p>
        </header>
        <main>${state ? running(state, calls) : html`<p role="status">Starting…</p>`}</main>
      </body>
    </html>`;
}

function running(state: BoardState, calls: readonly RecentCall[] | undefined) {
  const functions = String(state.outputs.functionAppUrl ?? "");
  return html`
    <nav aria-label="Ways in">
      <a href="/phone">Phone: call ${state.phoneNumber}</a>
      <a href="${functions}/chat">Chat</a>
      <a href="${String(state.outputs.reportUrl ?? "")}">Reports</a>
    </nav>
    ${recent(state, calls)}
    <h2>Apps</h2>
    <div class="scroll">
      <table>
        <thead><tr><th scope="col">App</th><th scope="col">State</th><th scope="col">Address</th><th scope="col">Restarts</th><th scope="col">Log</th></tr></thead>
        <tbody>
          ${state.apps.map(
            (app) => html`<tr>
              <th scope="row">${app.name}</th>
              <td class="${app.state === "running" ? "well" : "ill"}">${app.state}</td>
              <td class="fixed">${app.address}</td>
              <td>${app.restarts}</td>
              <td class="fixed">${app.log}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <h2>Stand-ins</h2>
    <div class="scroll">
      <table>
        <thead><tr><th scope="col">Stands in for</th><th scope="col">Resource</th><th scope="col">Address</th></tr></thead>
        <tbody>
          ${state.services.map((each) => html`<tr><th scope="row">${each.service}</th><td>${each.name}</td><td class="fixed">${each.address}</td></tr>`)}
        </tbody>
      </table>
    </div>
    <h2>Outputs of the stack</h2>
    <div class="scroll">
      <table>
        <tbody>
          ${Object.entries(state.outputs).map(
            ([name, value]) =>
              html`<tr><th scope="row">${name}</th><td class="fixed">${typeof value === "string" ? value : JSON.stringify(value)}</td></tr>`,
          )}
        </tbody>
      </table>
    </div>
  `;
}

function recent(state: BoardState, calls: readonly RecentCall[] | undefined) {
  if (!calls) return html`<h2>Last calls</h2><p role="status">The API does not answer yet.</p>`;
  if (calls.length === 0)
    return html`<h2>Last calls</h2><p>None yet. <a href="/phone">Place one</a>, or run <code>npm run phone -- --say "Hello"</code>.</p>`;
  return html`<h2>Last calls</h2>
    <div class="scroll">
      <table>
        <thead><tr><th scope="col">When</th><th scope="col">Direction</th><th scope="col">State</th><th scope="col">About</th></tr></thead>
        <tbody>
          ${calls.map(
            (call) => html`<tr>
              <td><a href="${String(state.outputs.reportUrl)}/${call.call_id}">${call.created_at.slice(0, 19).replace("T", " ")}</a></td>
              <td>${call.direction}</td>
              <td>${call.status}</td>
              <td>${call.summary}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
