/** The chat page: type or talk, and see which model answers and why. */
import type { FC } from "hono/jsx";
import { chat } from "../../web/chat/chat.ts";
import { scriptOf } from "../../web/connection/connection.ts";
import { Layout } from "../reports/layout.tsx";

export const ChatPage: FC<{ readonly nonce: string }> = ({ nonce }) => (
  <Layout title="Chat" nonce={nonce} here="/chat">
    <h1>Chat</h1>
    <p class="soft">Each message goes to the model that is good enough for it.</p>
    <div class="chat">
      <section aria-labelledby="talk-title">
        <h2 id="talk-title">Conversation</h2>
        <ol id="talk" class="talk" role="log" aria-live="polite" aria-labelledby="talk-title" />
        <form id="ask">
          <label>
            Message <textarea id="message" rows={2} maxlength={8000} required aria-describedby="keys" />
          </label>
          <p id="keys" class="soft">
            Enter sends; Shift and Enter begin a new line.
          </p>
          <div class="row">
            <button type="submit" id="send" class="main">
              Send
            </button>
            <button type="button" id="end" disabled>
              End session
            </button>
          </div>
          <div class="row">
            <label class="tick">
              <input type="checkbox" id="microphone" /> Use the microphone
            </label>
            <label class="tick">
              <input type="checkbox" id="aloud" checked /> Play the answers
            </label>
          </div>
        </form>
        <p id="state" role="status" class="soft">
          Not connected.
        </p>
        <p id="fault" role="alert" class="fault" hidden />
      </section>
      <section aria-labelledby="choice-title">
        <h2 id="choice-title">Which model answers</h2>
        <dl id="choice" aria-live="polite">
          <dt>Model</dt>
          <dd class="soft">Chosen with your first message.</dd>
        </dl>
      </section>
    </div>
    {/* biome-ignore lint/a11y/useMediaCaption: the conversation above is the transcript */}
    <audio id="voice" autoplay />
    {/* The client is one self-contained function, so its own text is its bundle. */}
    <script nonce={nonce} type="module" dangerouslySetInnerHTML={{ __html: scriptOf(chat) }} />
  </Layout>
);
