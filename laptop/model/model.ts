/**
 * The stand-in model: a useful conversation by rule, from nothing but what a real model is given: instructions, tools and what was said.
 *
 * It is honest about what it is not. It knows no world, understands typed and simulated callers only, and says so when audio reaches it
 * that carries no words. What it says never claims more than a tool has answered.
 */
import { type Conversation, countTokens, type Model, type Reply } from "./conversation.ts";
import { Mind, type Thought } from "./mind.ts";
import { filledSchema } from "./structured.ts";
import { unfolded } from "./transcript.ts";

export function createModel(): Model {
  return {
    reply(conversation, moment) {
      const { answerSchema } = conversation;
      const thought = answerSchema
        ? { say: JSON.stringify(filledSchema(answerSchema.schema, conversation)) }
        : new Mind(unfolded(conversation), moment).think();
      return finished(conversation, thought);
    },
  };
}

/** Counts tokens and cuts the words where the caller of the API wants an end. */
function finished(
  { instructions, request, items, tools, maxOutputTokens }: Conversation,
  { say, toolCalls = [] }: Thought,
): Reply {
  const given = [instructions, request ?? "", JSON.stringify(tools), ...items.map((item) => JSON.stringify(item))];
  const inputTokens = given.reduce((sum, text) => sum + countTokens(text), 0);
  const cut = say !== undefined && maxOutputTokens !== undefined && countTokens(say) > maxOutputTokens;
  const words = cut ? shortened(say, maxOutputTokens) : say;
  const outputTokens =
    countTokens(words ?? "") + toolCalls.reduce((sum, call) => sum + countTokens(call.name + call.arguments), 0);
  return { ...(words ? { say: words } : {}), toolCalls, cut, usage: { inputTokens, outputTokens } };
}

function shortened(text: string, tokens: number): string {
  let kept = "";
  for (const character of text) {
    if (countTokens(kept + character) > tokens) break;
    kept += character;
  }
  return kept;
}
