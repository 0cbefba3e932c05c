/** The chat page: type or talk, and see which model answers, why, and at what cost. */
import type { FC } from "hono/jsx";
import { chatScript } from "../../web/chat/script.ts";
import { Layout } from "../reports/layout.tsx";

interface ChatPage {
  readonly nonce: string;
  /** The page is for somebody who is not signed in, whom the server lets in as a visitor. */
  readonly visitor?: boolean;
}

export const ChatPage: FC<ChatPage> = ({ nonce, visitor = false }) => (
  <Layout title="Chat" nonce={nonce} here="/chat" signedIn={!visitor}>
    <h1>Chat</h1>
    <p class="soft">Each message goes to the model that is good enough for it.</p>
    <noscript>
      <p class="fault">This page needs JavaScript: allow it for this address, then reload.</p>
    </noscript>
    <div class="chat" id="chat" data-visitor={visitor ? "" : undefined}>
      <section aria-labelledby="talk-title">
        <h2 id="talk-title">Conversation</h2>
        <ol id="talk" class="talk scroll" role="log" aria-live="polite" aria-labelledby="talk-title" tabindex={0} />
        <p id="state" role="status" class="soft">
          Not connected.
        </p>
        <div id="fault" role="alert" class="fault" hidden />
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
            <button type="button" id="fresh">
              New conversation
            </button>
          </div>
          <fieldset>
            <legend class="soft">Voice. With neither ticked, answers come in writing.</legend>
            <div class="row">
              <label class="tick">
                <input type="checkbox" id="microphone" /> Use the microphone
              </label>
              <label class="tick">
                <input type="checkbox" id="aloud" checked /> Play the answers
              </label>
            </div>
            <Sound />
          </fieldset>
        </form>
      </section>
      <div>
        <section aria-labelledby="choice-title">
          <h2 id="choice-title">Which model answers</h2>
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
        {visitor ? (
          <p>
            <a href="/sign-in?back=%2Fchat">Sign in</a>
          </p>
        ) : null}
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
  <div id="sound" class="row" hidden>
    <label class="tick">
      <input type="checkbox" id="mute" /> Mute
    </label>
    <label>
      Level <meter id="level" min={0} max={1} value={0} />
    </label>
    <label hidden>
      Microphone <select id="microphones" aria-label="Microphone" />
    </label>
    <label hidden>
      Loudspeaker <select id="loudspeakers" aria-label="Loudspeaker" />
    </label>
  </div>
);
