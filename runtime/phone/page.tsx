/** The phone page: call the agent from the browser, press keys, read along. */
import type { FC } from "hono/jsx";
import { scriptOf } from "../../web/connection/connection.ts";
import { phone } from "../../web/phone/phone.ts";
import { Layout } from "../reports/layout.tsx";

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const names: Readonly<Record<string, string>> = { "*": "star", "#": "hash" };

const style = `
.keypad { display: grid; grid-template-columns: repeat(3, minmax(0, 5rem)); gap: .5rem; }
.keypad button { font-size: 1.25rem; }
`;

export const PhonePage: FC<{ readonly nonce: string }> = ({ nonce }) => (
  <Layout title="Phone" nonce={nonce} here="/phone">
    <style nonce={nonce} dangerouslySetInnerHTML={{ __html: style }} />
    <h1>Phone</h1>
    <p class="soft">Talk with the agent as a caller does. The call is kept like any other.</p>
    <div class="chat">
      <section aria-labelledby="talk-title">
        <h2 id="talk-title">Call</h2>
        <div class="row">
          <button type="button" id="call" class="main">
            Call
          </button>
          <button type="button" id="hang-up" disabled>
            Hang up
          </button>
          <label class="tick">
            <input type="checkbox" id="mute" /> Mute the microphone
          </label>
        </div>
        <p id="state" role="status" class="soft">
          Not in a call.
        </p>
        <p id="fault" role="alert" class="fault" hidden />
        <p id="kept" hidden>
          <a id="report" href="/report">
            Report of this call
          </a>
        </p>
        <ol id="talk" class="talk" role="log" aria-live="polite" aria-labelledby="talk-title" />
      </section>
      <section aria-labelledby="keypad-title">
        <h2 id="keypad-title">Keypad</h2>
        <div id="keypad" class="keypad">
          {keys.map((key) => (
            <button type="button" value={key} aria-label={names[key] ?? key} disabled>
              {key}
            </button>
          ))}
        </div>
      </section>
    </div>
    {/* biome-ignore lint/a11y/useMediaCaption: what is said is written above */}
    <audio id="voice" autoplay />
    {/* The client is one self-contained function, so its own text is its bundle. */}
    <script nonce={nonce} type="module" dangerouslySetInnerHTML={{ __html: scriptOf(phone) }} />
  </Layout>
);
