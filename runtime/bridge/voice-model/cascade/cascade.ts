/**
 * The second voice engine: recognition, chat model and synthesis, one after the other, behaving as a speech-to-speech session does. Turns
 * are found by loudness (energy-gate.ts); a turn in which nothing was understood is no turn, and asks for no answer.
 */
import type { TokenCredential } from "@azure/identity";
import OpenAI from "openai";
import { tokenFor } from "../../../services/credential.ts";
import type { Clock } from "../../clock.ts";
import type { ModelBrief, ModelCommand, ModelEvent, OpenVoiceModel, VoiceModel } from "../voice-model.ts";
import type { ChatParts } from "./answering.ts";
import { Breaker } from "./breaker.ts";
import { EnergyGate, type GateEvent } from "./energy-gate.ts";
import { History } from "./history.ts";
import { Recognition, type Spoken } from "./recognition.ts";
import { Speaker } from "./speaker.ts";
import { type SpeechAccess, type SpeechSettings, speechAccess } from "./speech-access.ts";
import { Synthesis } from "./synthesis.ts";
import { type Phrase, WordsHeard } from "./words-heard.ts";

const scope = "https://cognitiveservices.azure.com/.default";
/** A session that is not open by then is tried anew. */
const openWithinMs = 10_000;

export interface CascadeSettings extends SpeechSettings {
  readonly OPENAI_ENDPOINT: string;
  readonly OPENAI_CHAT_FAST: string;
  readonly OPENAI_CHAT_STRONG: string;
}

export interface CascadeDependencies {
  readonly clock: Clock;
  /** A fresh id, unique in the call. */
  readonly newId: () => string;
}

/** Sessions signed in as the app's identity. The `deployment` of each is a chat model; the other of the two stands in when it fails. */
export function openCascade(
  settings: CascadeSettings,
  credential: TokenCredential,
  { clock, newId }: CascadeDependencies,
): OpenVoiceModel {
  const baseURL = `${settings.OPENAI_ENDPOINT.replace(/\/$/, "")}/openai/v1`;
  // Attempts and their times are counted in answering.ts.
  const client = new OpenAI({ baseURL, apiKey: () => tokenFor(credential, scope), maxRetries: 0 });
  const deployments = [settings.OPENAI_CHAT_FAST, settings.OPENAI_CHAT_STRONG];
  const chat: ChatParts = { client, clock, breaker: new Breaker(), deployments };
  const access = speechAccess(settings, credential);
  return ({ deployment, brief }, report) => new Cascade({ chat, access, deployment, newId }, brief, report);
}

interface Parts {
  readonly chat: ChatParts;
  readonly access: SpeechAccess;
  readonly deployment: string;
  readonly newId: () => string;
}

class Cascade implements VoiceModel {
  readonly #parts: Parts;
  readonly #report: (event: ModelEvent) => void;
  readonly #gate: EnergyGate;
  readonly #words = new WordsHeard();
  readonly #history = new History();
  readonly #recognition: Recognition;
  readonly #synthesis: Synthesis;
  readonly #speaker: Speaker;
  readonly #cancelOpening: () => void;
  #brief: ModelBrief;
  #over = false;
  #listening = false;
  #voiced = false;
  /** The caller has fallen silent, and the last words of the turn are waited for; the function stops the waiting. */
  #waiting: (() => void) | undefined;

  constructor(parts: Parts, brief: ModelBrief, report: (event: ModelEvent) => void) {
    const { chat, access, deployment, newId } = parts;
    this.#parts = parts;
    this.#brief = brief;
    this.#report = (event) => {
      if (!this.#over) report(event);
    };
    const lost = () => this.#lose();
    this.#cancelOpening = chat.clock.after(openWithinMs, lost);
    this.#gate = new EnergyGate(gateSettings(brief));
    this.#synthesis = new Synthesis(access, Speaker.endpointOf(brief), chat.clock);
    this.#speaker = new Speaker(
      { chat, deployment, history: this.#history, synthesis: this.#synthesis, newId, report: this.#report, lost },
      brief,
    );
    const heard = {
      started: () => this.#opened({ listening: true }),
      guess: (phrase: Phrase) => this.#words.guess(phrase),
      final: (phrase: Phrase) => this.#hearFinal(phrase),
      lost,
    };
    this.#recognition = new Recognition(access, spokenIn(brief), heard, chat.clock);
    void this.#synthesis.warm().then((warm) => (warm ? this.#opened({ voiced: true }) : lost()));
  }

  send(command: ModelCommand): void {
    if (this.#over) return;
    switch (command.kind) {
      case "hear":
        this.#hear(Buffer.from(command.audio.base64.toString("latin1"), "base64"));
        break;
      case "respond":
        this.#speaker.respond(command.purpose, command.say);
        break;
      case "cancel":
        this.#speaker.cancel(command.responseId);
        break;
      case "truncate":
        this.#history.truncate(command.itemId, command.heardMs);
        break;
      case "tool_result": {
        const { toolCallId, content, call } = command;
        if (call) this.#history.called(`resumed:${toolCallId}`, { toolCallId, ...call });
        this.#history.answered(toolCallId, content);
        break;
      }
      case "note":
        this.#history.note(command.text);
        break;
      case "clear":
        // For calls whose sound the service carries, which a cascade never does.
        break;
    }
  }

  brief(brief: ModelBrief): void {
    if (this.#over) return;
    this.#brief = brief;
    this.#gate.settings = gateSettings(brief);
    this.#recognition.change(spokenIn(brief));
    this.#speaker.brief = brief;
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelOpening();
    this.#waiting?.();
    this.#speaker.close();
    this.#recognition.close();
    this.#synthesis.close();
  }

  #opened(more: { readonly listening?: true; readonly voiced?: true }): void {
    this.#listening ||= more.listening ?? false;
    this.#voiced ||= more.voiced ?? false;
    if (!this.#listening || !this.#voiced) return;
    this.#cancelOpening();
    this.#report({ kind: "ready" });
  }

  #lose(): void {
    this.#report({ kind: "closed" });
    this.close();
  }

  #hear(pcm: Buffer): void {
    this.#recognition.hear(pcm);
    for (const event of this.#gate.hear(pcm)) this.#noticeSpeech(event);
  }

  #noticeSpeech({ kind, atMs }: GateEvent): void {
    if (kind === "stopped") {
      this.#report({ kind: "speech_stopped" });
      if (this.#words.settled) this.#endTurn();
      else this.#waiting = this.#parts.chat.clock.after(this.#brief.recognitionMs, () => this.#endTurn());
      return;
    }
    this.#waiting?.();
    this.#waiting = undefined;
    // An answer will be needed soon: a connection closed for idleness is opened again meanwhile.
    void this.#synthesis.warm();
    this.#report({ kind: "speech_started", audioStartMs: atMs, paddingMs: 0 });
  }

  /** Final words end a turn that waits for them; those that come when nobody speaks, late or too soft for the gate, are a turn of their own. */
  #hearFinal(phrase: Phrase): void {
    if (this.#words.settle(phrase) && !this.#gate.speaking) this.#endTurn();
  }

  #endTurn(): void {
    this.#waiting?.();
    this.#waiting = undefined;
    const itemId = this.#parts.newId();
    const words = this.#words.take(this.#gate.heardMs);
    if (!words) {
      this.#report({ kind: "turn_heard", itemId, text: "" });
      return;
    }
    this.#history.caller(itemId, words.text);
    this.#report({ kind: "turn_ended", itemId });
    this.#report({ kind: "turn_heard", itemId, ...words });
    if (!this.#speaker.answering) this.#speaker.respond("answer");
  }
}

const gateSettings = ({ vadThreshold, vadSilenceMs }: ModelBrief) => ({ threshold: vadThreshold, silenceMs: vadSilenceMs });

function spokenIn({ language, languages, vadSilenceMs }: ModelBrief): Spoken {
  const others = languages.map((each) => each.short_code).filter((each) => each !== language);
  return { language, others, silenceMs: vadSilenceMs };
}
