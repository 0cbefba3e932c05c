/** Which model of the medium's pair answers a message of a session: the router's decision, with all that is known of the session. */
import type { ChatOptions, Dial } from "../chat-options.ts";
import { settingOf } from "../router/dial.ts";
import { type Decision, route } from "../router/route.ts";
import { standingDial } from "./dial.ts";
import type { Medium } from "./price.ts";
import type { Choice } from "./record.ts";
import type { ChatSession } from "./session.ts";

/** The deployments of a pair, by what they are chosen as. */
export type Pair = Readonly<Record<Choice, string>>;

export interface Asked {
  readonly message: string;
  readonly medium: Medium;
  readonly task?: string | undefined;
  /** Where the person's dial stands; the session's own when absent. */
  readonly dial?: Dial | undefined;
}

export interface Circumstances {
  readonly options: Pick<ChatOptions, "dial" | "dial_free">;
  readonly pairs: Readonly<Record<Medium, Pair>>;
  readonly session: Pick<ChatSession, "turns" | "dial">;
  /** Share of the budget, 0 to 1. */
  readonly budgetLeft: number;
  /** Whether a deployment is left alone for now. */
  readonly avoided: (deployment: string) => boolean;
}

export interface RoutedMessage extends Decision {
  readonly deployment: string;
  /** What the dial promises: shares of always using the strong model. */
  readonly quality: number;
  readonly cost: number;
}

export function decide({ message, medium, task, dial }: Asked, circumstances: Circumstances): RoutedMessage {
  const { options, pairs, session, budgetLeft, avoided } = circumstances;
  const pair = pairs[medium];
  const standing = standingDial(options, dial ?? session.dial, medium);
  const isVoice = (deployment: string): boolean => Object.values(pairs.audio).includes(deployment);
  const usedBefore = session.turns.findLast(
    ({ deployment }) => deployment !== undefined && isVoice(deployment) === (medium === "audio"),
  )?.choice;
  const decision = route(message, {
    history: session.turns.map(({ turn }) => turn),
    dial: standing,
    medium,
    budgetLeft,
    unhealthy: (["cheap", "strong"] as const).filter((each) => avoided(pair[each])),
    ...(task === undefined ? {} : { task }),
    ...(usedBefore === undefined ? {} : { usedBefore }),
  });
  const { quality, cost } = settingOf(standing, medium);
  return { ...decision, deployment: pair[decision.choice], quality, cost };
}
