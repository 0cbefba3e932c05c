/** The model of a session that can also be given the words of its next answer. */
import { type Conversation, countTokens, type Model, type Moment, type Reply } from "../model/conversation.ts";

export class PromptedModel implements Model {
  readonly #model: Model;
  #words: string | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  /** An answer that begins during `act` is these words, said without thinking. */
  during(words: string | undefined, act: () => void): void {
    this.#words = words;
    act();
    this.#words = undefined;
  }

  reply(conversation: Conversation, moment: Moment): Reply {
    if (this.#words === undefined) return this.#model.reply(conversation, moment);
    return { say: this.#words, toolCalls: [], cut: false, usage: { inputTokens: 0, outputTokens: countTokens(this.#words) } };
  }
}
