/** What the assistant says: responses from their first word to their last sound, sentence by sentence, one sentence at a time. */
import type { Language } from "../../../agent.ts";
import { audioFrom } from "../../audio.ts";
import { isBeside, type ModelBrief, type ModelEvent, type Purpose, type ResponseOutcome } from "../voice-model.ts";
import { answer, type ChatParts } from "./answering.ts";
import type { History, ToolCall } from "./history.ts";
import { SentenceSplitter } from "./sentences.ts";
import { ssmlFor } from "./ssml.ts";
import { type Style, styled, styleInstructions } from "./style.ts";
import type { Synthesis } from "./synthesis.ts";

export interface SpeakerParts {
  readonly chat: ChatParts;
  readonly deployment: string;
  readonly history: History;
  readonly synthesis: Pick<Synthesis, "say" | "stop">;
  readonly newId: () => string;
  readonly report: (event: ModelEvent) => void;
  /** The voice cannot be made to speak. */
  readonly lost: () => void;
}

interface Response {
  readonly id: string;
  readonly purpose: Purpose;
  readonly itemId: string;
  readonly abort: AbortController;
  style: Style;
  /** Sentences that are not said yet. */
  pending: number;
  /** What is left to do once all is said; undefined while words may still come. */
  rest: { readonly outcome: ResponseOutcome; readonly calls: readonly ToolCall[] } | undefined;
}

interface Sentence {
  readonly response: Response;
  readonly text: string;
  readonly style: Style;
  readonly sounded: (durationMs: number) => void;
}

const busy = "conversation_already_has_active_response";
/** Something that can be spoken. */
const speakable = /[\p{L}\p{N}]/u;

export class Speaker {
  readonly #parts: SpeakerParts;
  #brief: ModelBrief;
  #responses: Response[] = [];
  #queue: Sentence[] = [];
  #saying: Response | undefined;
  /** The utterance that a fault broke off. */
  #brokenOff: string | undefined;

  constructor(parts: SpeakerParts, brief: ModelBrief) {
    this.#parts = parts;
    this.#brief = brief;
  }

  set brief(brief: ModelBrief) {
    this.#brief = brief;
  }

  /** The custom voice of the present language, if it has one. */
  static endpointOf(brief: ModelBrief): string | undefined {
    return languageOf(brief).custom_voice_endpoint_id;
  }

  /** The conversation is being answered; what is said beside it does not count. */
  get answering(): boolean {
    return this.#responses.some((each) => !isBeside(each.purpose));
  }

  respond(purpose: Purpose, say?: string): void {
    const { newId, report } = this.#parts;
    if (this.answering && !isBeside(purpose)) {
      report({ kind: "refused", code: busy, purpose });
      return;
    }
    const response: Response = {
      id: newId(),
      purpose,
      itemId: newId(),
      abort: new AbortController(),
      style: "none",
      pending: 0,
      rest: undefined,
    };
    this.#responses.push(response);
    report({ kind: "response_started", responseId: response.id, purpose });
    if (say === undefined) void this.#answer(response);
    else this.#recite(response, say);
  }

  cancel(responseId: string): void {
    const response = this.#responses.find((each) => each.id === responseId);
    if (!response) return;
    this.#drop(response);
    this.#parts.report({ kind: "response_ended", responseId, outcome: "cancelled" });
  }

  /** Falls silent for good. */
  close(): void {
    for (const response of [...this.#responses]) this.#drop(response);
  }

  #drop(response: Response): void {
    this.#responses = this.#responses.filter((each) => each !== response);
    this.#queue = this.#queue.filter((each) => each.response !== response);
    response.abort.abort();
    this.#parts.history.unsay(response.itemId);
    if (this.#saying === response) this.#parts.synthesis.stop();
  }

  #recite(response: Response, say: string): void {
    const splitter = new SentenceSplitter();
    for (const text of [...splitter.push(say), ...splitter.end()]) this.#add(response, text);
    this.#finish(response, "completed", []);
  }

  async #answer(response: Response): Promise<void> {
    const { chat, deployment, history } = this.#parts;
    const brokenOff = this.#brokenOff;
    this.#brokenOff = undefined;
    let splitter = new SentenceSplitter();
    let begun = false;
    const take = (sentences: readonly string[]) => {
      for (const sentence of sentences) begun = this.#take(response, sentence) || begun;
    };
    try {
      const calls = await answer(chat, {
        deployment,
        tools: this.#brief.tools,
        signal: response.abort.signal,
        messages: () => {
          const instructions = `${this.#brief.instructions}\n\n${styleInstructions}`;
          return history.messages(instructions, begun ? response.itemId : brokenOff);
        },
        begin: () => {
          splitter = new SentenceSplitter();
        },
        written: (text) => take(splitter.push(text)),
        filtered: () => history.withhold(),
      });
      take(splitter.end());
      this.#finish(response, "completed", calls);
    } catch {
      // Cancelled ones are told of where they are cancelled.
      if (response.abort.signal.aborted) return;
      this.#brokenOff = response.itemId;
      this.#finish(response, "failed", []);
    }
  }

  #take(response: Response, sentence: string): boolean {
    const { style, text } = styled(sentence);
    response.style = style ?? response.style;
    return this.#add(response, text);
  }

  /** Whether there is anything in it to say. */
  #add(response: Response, text: string): boolean {
    if (response.abort.signal.aborted || !speakable.test(text)) return false;
    const isRemembered = !isBeside(response.purpose);
    const sounded = isRemembered ? this.#parts.history.say(response.itemId, text) : () => undefined;
    response.pending++;
    this.#queue.push({ response, text, style: response.style, sounded });
    if (!this.#saying) void this.#speak();
    return true;
  }

  async #speak(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const { response } = next;
      this.#saying = response;
      const outcome = await this.#say(next);
      this.#saying = undefined;
      if (response.abort.signal.aborted) continue;
      if (outcome === "unsaid") {
        this.#parts.lost();
        return;
      }
      response.pending--;
      if (outcome === "broken") this.#breakOff(response);
      else this.#settle(response);
    }
  }

  /** Tried a second time over a new connection, unless part of it was heard. */
  async #say({ response, text, style, sounded }: Sentence): Promise<"said" | "broken" | "unsaid"> {
    const { synthesis, report } = this.#parts;
    const { id: responseId, itemId } = response;
    const language = languageOf(this.#brief);
    const ssml = ssmlFor({ text, language, style, speed: this.#brief.speed });
    let begun = false;
    const sound = (pcm: Buffer) => {
      const audio = response.abort.signal.aborted ? undefined : audioFrom(Buffer.from(pcm.toString("base64"), "latin1"));
      if (!audio) return;
      if (!begun) report({ kind: "words", responseId, itemId, text });
      begun = true;
      sounded(audio.durationMs);
      report({ kind: "speech", responseId, itemId, contentIndex: 0, audio });
    };
    for (const _ of ["first", "second"]) {
      if (await synthesis.say(ssml, language.custom_voice_endpoint_id, sound)) return "said";
      if (begun || response.abort.signal.aborted) return "broken";
    }
    return "unsaid";
  }

  #breakOff(response: Response): void {
    this.#drop(response);
    this.#brokenOff = response.itemId;
    this.#parts.report({ kind: "response_ended", responseId: response.id, outcome: "failed" });
  }

  #finish(response: Response, outcome: ResponseOutcome, calls: readonly ToolCall[]): void {
    response.rest = { outcome, calls };
    this.#settle(response);
  }

  /** Ends a response once all of it is said; its tools come last, as a realtime model has them. */
  #settle(response: Response): void {
    const { id: responseId, rest } = response;
    if (!rest || response.pending > 0 || response.abort.signal.aborted) return;
    const { history, newId, report } = this.#parts;
    this.#responses = this.#responses.filter((each) => each !== response);
    for (const call of rest.calls) {
      const known = call.toolCallId ? call : { ...call, toolCallId: newId() };
      history.called(responseId, known);
      report({ kind: "tool_call", responseId, ...known });
    }
    report({ kind: "response_ended", responseId, outcome: rest.outcome });
  }
}

function languageOf({ language, languages }: ModelBrief): Language {
  const known = languages.find((each) => each.short_code === language) ?? languages[0];
  if (!known) throw new Error("A cascade needs the languages of the line, with the voice of each.");
  return known;
}
