/** The chat page: type or talk, and see which model answers and why. */
import type { FC } from "hono/jsx";
import { chat } from "../../web/chat/chat.ts";
import { Layout } from "../reports/layout.tsx";

export const ChatPage: FC<{ readonly nonce: string }> = ({ nonce }) => (
  <Layout title="Chat" nonce={nonce}>
    <h1>Chat</h1>
    <form id="ask" class="row">
      <label>
        Message <textarea id="message" rows={2} maxlength={8000} required />
      </label>
      <label>
        <input type="checkbox" id="microphone" /> Use the microphone
      </label>
      <button type="submit">Send</button>
      <button type="button" id="end" disabled>
        End session
      </button>
    </form>
    <p id="state" role="status" class="soft">
      Not connected.
    </p>
    <section aria-labelledby="choice-title">
      <h2 id="choice-title">Model</h2>
      <dl id="choice" aria-live="polite" />
    </section>
    <section aria-labelledby="talk-title">
      <h2 id="talk-title">Conversation</h2>
      <ol id="talk" class="talk" aria-live="polite" />
    </section>
    {/* biome-ignore lint/a11y/useMediaCaption: the conversation above is the transcript */}
    <audio id="voice" autoplay />
    {/* The client is one self-contained function, so its own text is its bundle. */}
    <script nonce={nonce} type="module" dangerouslySetInnerHTML={{ __html: `(${chat.toString()})();` }} />
  </Layout>
);
