/**
 * How public collections of questions wrap what they ask: an opening, a label and a closing. Any of them wraps questions of every kind in
 * training, so that a manner of asking, `\boxed{}` and all, comes to say nothing about the kind of work.
 */
const openings = [
  "",
  "",
  "Answer the following question.\n\n",
  "You are a careful assistant. Solve the task that follows.\n\n",
  "Choose the best answer to what is asked.\n\n",
  "Here is an item from a test. Context: none.\n\n",
  "Read what is given, then reply to it as well as you can.\n",
  "The following was asked by a student. Think about it step by step before you respond.\n\n",
  "Instructions: work out the response and keep it short.\n",
];
const labels = ["", "", "", "Question: ", "Q: ", "### Task\n", "Input:\n", "Problem:\n", "Prompt: ", "Context:\nQuestion: "];
const closings = [
  "",
  "\nAnswer:",
  "\nA:",
  "\nAnswer with the letter of the right option only.",
  "\n\nWrite the result on the last line after 'Final answer:'.",
  "\n\nPut your final answer within \\boxed{}.",
  "\n\nWrite only the letter of your choice, such as \\boxed{B}.",
  "\n\n### Response\n",
  '\nRespond in JSON: {"answer": "..."}',
  "\n\nReply with one word, number or letter where that is enough; do not explain.",
  " Explain your reasoning briefly, then state the answer in the format [[X]].",
];
/** `text` as an examiner would put it; `drawn`, a whole number, says how. */
export function examined(text: string, drawn: number): string {
  const pick = (all: readonly string[], by: number): string => all[Math.floor(drawn / by) % all.length]!;
  return `${pick(openings, 1)}${pick(labels, openings.length)}${text}${pick(closings, openings.length * labels.length)}`;
}
