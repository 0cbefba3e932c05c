/** The chat page's script: the text of its function, handed the texts of its parts. */
import { asked, opened } from "../connection/connection.ts";
import { microphoneFault } from "../connection/microphone-fault.ts";
import { type ChatParts, chat } from "./chat.ts";
import { conversation } from "./conversation.ts";
import { costs } from "./costs.ts";
import { showDecision } from "./decision.ts";
import { devices } from "./devices.ts";
import { dial } from "./dial.ts";
import { voiceLine } from "./line.ts";
import { microphone } from "./microphone.ts";
import { notices } from "./notices.ts";
import { prose } from "./prose.ts";
import { recovery } from "./recovery.ts";
import { inWords } from "./refusals.ts";
import { serverOf } from "./server.ts";
import { thread } from "./thread.ts";
import { transcript } from "./transcript.ts";
import { openVoice } from "./voice-session.ts";

const parts: ChatParts = {
  asked,
  opened,
  conversation,
  costs,
  devices,
  dial,
  inWords,
  microphone,
  microphoneFault,
  notices,
  openVoice,
  prose,
  recovery,
  serverOf,
  showDecision,
  thread,
  transcript,
  voiceLine,
};

export function chatScript(): string {
  const texts = Object.entries(parts).map(([name, part]) => `${name}: ${String(part)}`);
  return `(${chat.toString()})({ ${texts.join(", ")} });`;
}
