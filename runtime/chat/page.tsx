/** The chat page: type or talk, and see which model answers, why, and at what cost. */
import type { FC } from "hono/jsx";
import { chatScript } from "../../web/chat/script.ts";
import { Layout } from "../reports/layout.tsx";
import { style } from "./style.ts";

interface ChatPage {
  readonly nonce: string;
  /** The page is for somebody who is not signed in, whom the server lets in as a visitor. */
  readonly visitor?: boolean;
}

export const ChatPage: FC<ChatPage> = ({ nonce, visitor = false }) => (
  <Layout title="Chat" nonce={nonce} here="/chat" signedIn={!visitor} {...(visitor ? { signIn: "/sign-in?back=%2Fchat" } : {})}>
    <style nonce={nonce} dangerouslySetInnerHTML={{ __html: style }} />
    <h1>Chat</h1>
    <noscript>
      <p class="fault">This page needs JavaScript: allow it for this address, then reload.</p>
    </noscript>
    <div class="chat" id="chat" data-visitor={visitor ? "" : undefined}>
      <section class="talking" aria-labelledby="talk-title">
        <div class="title">
          <h2 id="talk-title">Conversation</h2>
          <button type="button" id="fresh">
            New conversation
          </button>
        </div>
        <ol id="talk" class="talk scroll" role="log" aria-live="polite" aria-labelledby="talk-title" tabindex={0} />
        <div id="fault" role="alert" class="fault" hidden />
        <p id="state" role="status" class="soft">
          Not connected.
        </p>
        <form id="ask">
          <div class="composer">
            <label for="message" class="unseen">
              Message
            </label>
            <textarea
              id="message"
              rows={1}
              maxlength={8000}
              required
              dir="auto"
              placeholder="Write a message"
              aria-describedby="keys"
            />
            <button type="submit" id="send" class="main">
              Send
            </button>
          </div>
          <p id="keys" class="soft">
            Enter sends; Shift and Enter begin a new line.
          </p>
          <fieldset>
            <legend class="unseen">Voice. With neither ticked, answers come in writing.</legend>
            <div class="row">
              <label class="tick">
                <input type="checkbox" id="microphone" /> Use the microphone
              </label>
              <label class="tick">
                <input type="checkbox" id="aloud" checked /> Play the answers
              </label>
              <button type="button" id="end" disabled>
                End session
              </button>
            </div>
            <Sound />
          </fieldset>
        </form>
      </section>
      <div class="facts">
        <section aria-labelledby="choice-title">
          <h2 id="choice-title">Which model answers</h2>
          <p class="soft">Each message goes to the model that is good enough for it.</p>
          <dl id="choice">
            <dt>Model</dt>
            <dd class="soft">Chosen with your first message.</dd>
          </dl>
        </section>
        <section aria-labelledby="cost-title">
          <h2 id="cost-title">Cost and saving</h2>
          <p id="cost">Nothing yet.</p>
        </section>
        <section aria-labelledby="dial-title" id="dial" hidden>
          <h2 id="dial-title">Cost and quality</h2>
          <input type="range" id="dial-at" step={1} aria-labelledby="dial-title" />
          <div id="dial-promise" />
          <p class="soft">Measured on public test sets (docs/router.md); your own questions may differ.</p>
        </section>
      </div>
    </div>
    {/* biome-ignore lint/a11y/useMediaCaption: the conversation above is the transcript */}
    <audio id="voice" autoplay />
    {/* The client is self-contained functions, so their own text is its bundle. */}
    <script nonce={nonce} type="module" dangerouslySetInnerHTML={{ __html: chatScript() }} />
  </Layout>
);

/** What is there while the microphone is in use. */
const Sound: FC = () => (
  <div id="sound" hidden>
    <div class="row">
      <label class="tick">
        <input type="checkbox" id="mute" /> Mute
      </label>
      <label class="tick">
        Level <meter id="level" min={0} max={1} value={0} />
      </label>
    </div>
    <details>
      <summary>Other devices</summary>
      <div class="row">
        <label hidden>
          Microphone <select id="microphones" aria-label="Microphone" />
        </label>
        <label hidden>
          Loudspeaker <select id="loudspeakers" aria-label="Loudspeaker" />
        </label>
      </div>
    </details>
  </div>
);
