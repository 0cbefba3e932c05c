/** The sentences a call needs without the model finding the words, under call-center-ai's names for their templates. */

export const phraseNames = [
  /** The first words. `{bot_name}`, `{bot_company}`. */
  "hello_tpl",
  /** The first words to a caller whose conversation goes on. */
  "hello_again_tpl",
  /** One line of the language menu. `{index}`, `{label}`. */
  "ivr_language_tpl",
  /** We are at it. */
  "timeout_loading_tpl",
  /** Something failed; say it again. */
  "error_tpl",
  /** Are you there? */
  "timeout_silence_tpl",
  /** `{bot_company}`. */
  "goodbye_tpl",
  /** The caller is about to be put through. */
  "end_call_to_connect_agent_tpl",
  /** Nobody could be reached. */
  "calltransfer_failure_tpl",
  /** To the person who is rung: press 1 to take the call. Follows the briefing itself. */
  "briefing_tpl",
  /** The line was interrupted and is back. */
  "line_back_tpl",
] as const;
export type PhraseName = (typeof phraseNames)[number];

/** At least one phrasing of each, in one language, with its placeholders filled. */
export type PhraseBook = Readonly<Record<PhraseName, readonly [string, ...string[]]>>;
