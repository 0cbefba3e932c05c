/** Bugs that can be planted where the simulated world joins the real code, and the invariant that each breaks. */
import type { Clock } from "../../runtime/bridge/clock.ts";
import type { MediaRoute, SocketTelephone } from "../../runtime/bridge/telephone/media-route.ts";
import type { ModelEvent, VoiceModel } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { Line } from "../../runtime/calls/line.ts";
import type { CallStore } from "../../runtime/calls/store.ts";
import type { CallAutomation } from "../../runtime/services/call-automation.ts";
import type { CallLine } from "./call-line.ts";
import type { Invariant, Judge } from "./judge.ts";

type Report = (event: ModelEvent) => void;

/** The seams; what is left out stays as it is. */
export interface Mutant {
  readonly store?: (store: CallStore, judge: Judge) => CallStore;
  readonly automation?: (automation: CallAutomation) => CallAutomation;
  readonly clock?: (clock: Clock) => Clock;
  readonly media?: (route: MediaRoute) => MediaRoute;
  readonly model?: (model: VoiceModel) => VoiceModel;
  readonly report?: (line: CallLine, report: Report) => Report;
  readonly unsubscribe?: (end: () => void) => () => void;
}

export interface PlantedBug {
  readonly bug: string;
  readonly breaks: Invariant;
  /** Anew for each schedule, since some bugs remember. */
  readonly plant: () => Mutant;
}

const nothing = async (): Promise<void> => undefined;

/** A store with some of its ways changed. */
const store = (change: (store: CallStore, judge: Judge) => Partial<CallStore>): Mutant => ({
  store: (real, judge) => ({ ...real, ...change(real, judge) }),
});

/** Of effects that begin so, everybody gets the claim, or nobody does. */
const claims = (effects: string, everybody: boolean): Mutant =>
  store(({ claim }) => ({
    claim: async (callId, effect) => {
      const got = await claim(callId, effect);
      return effect.startsWith(effects) ? everybody : got;
    },
  }));

/** A phone with some of its ways changed. */
const phone = (change: (phone: SocketTelephone) => Partial<SocketTelephone>): Mutant => ({
  media: (route) => ({
    ...route,
    telephone: (admission) => {
      const real = route.telephone(admission);
      return Object.assign(real, change(real));
    },
  }),
});

export const plantedBugs: readonly PlantedBug[] = [
  {
    bug: "a write that the database refuses is given up at once",
    breaks: "no acknowledged utterance is lost",
    plant: () => store(({ append }) => ({ append: (callId, message) => append(callId, message).catch(nothing) })),
  },
  {
    bug: "what is being said is kept only once it has been heard",
    breaks: "no acknowledged utterance is lost",
    plant: () => store(() => ({ keepUnfinished: nothing })),
  },
  {
    bug: "a repeated message is kept under a new id",
    breaks: "no utterance is kept twice",
    plant: () => {
      let copies = 0;
      return store(({ append }) => ({
        append: (callId, message) => append(callId, { ...message, id: `${message.id}:${copies++}` }),
      }));
    },
  },
  {
    bug: "what was sent to the phone counts as heard",
    breaks: "the record holds what was heard and no more",
    plant: () =>
      store(({ append }, { items }) => ({
        append: (callId, message) => {
          const item = items.get(message.id.slice("assistant:".length));
          return append(callId, item ? { ...message, content: item.text } : message);
        },
      })),
  },
  {
    bug: "everybody may answer",
    breaks: "a call is answered once",
    plant: () => claims("answer", true),
  },
  {
    bug: "dialling is tried again",
    breaks: "a call is dialled once",
    plant: () => ({
      automation: (real) => ({
        ...real,
        createCall: (request) => real.createCall(request).catch(() => real.createCall(request)),
      }),
    }),
  },
  {
    bug: "a tool may be run by every bridge that finds it asked for",
    breaks: "a tool is executed at most once",
    plant: () => claims("run:", true),
  },
  {
    bug: "a tool's claim is never got",
    breaks: "a tool that was asked for is executed",
    plant: () => claims("run:", false),
  },
  {
    bug: "a late report moves a record that is ended",
    breaks: "a status only moves forward",
    plant: () =>
      store(({ change }) => ({
        change: (callId, act) =>
          change(callId, (record) => {
            const after = act(record);
            return after === record && record.status === "ended" ? { ...record, status: "connected" } : after;
          }),
      })),
  },
  {
    bug: "calls share a buffer of sound",
    breaks: "no sound of one call in another",
    plant: () => {
      let kept: Parameters<SocketTelephone["play"]>[0] | undefined;
      return phone((real) => {
        const play = real.play.bind(real);
        return {
          play: (audio) => {
            play(kept ?? audio);
            kept = audio;
          },
        };
      });
    },
  },
  {
    bug: "calls share the place of their words",
    breaks: "no words of one call in another",
    plant: () => {
      let first: string | undefined;
      return store(({ append }) => ({
        append: (callId, message) => {
          first ??= callId;
          return append(first, message);
        },
      }));
    },
  },
  {
    bug: "what an earlier session of the model still says is taken for the present one's",
    breaks: "nothing of a lost session is heard",
    plant: () => {
      const newest = new Map<CallLine, Report>();
      return {
        report: (line, report) => {
          newest.set(line, report);
          return (event) => newest.get(line)?.(event);
        },
      };
    },
  },
  {
    bug: "a new session of the model is not told which tool was answered",
    breaks: "a model is told what it can know",
    plant: () => ({
      model: (real) => ({
        send: (command) => {
          if (command.kind !== "tool_result") return real.send(command);
          const { kind, toolCallId, content } = command;
          real.send({ kind, toolCallId, content });
        },
        brief: (brief) => real.brief(brief),
        close: () => real.close(),
      }),
    }),
  },
  {
    bug: "everybody who hears of a lost sound mends it",
    breaks: "one mending for one loss",
    plant: () => store(() => ({ changeLine: async (_callId, change) => change({}) })),
  },
  {
    bug: "a report of a loss that was mended counts again",
    breaks: "a sound that flows is left alone",
    plant: () =>
      store(({ changeLine }) => ({
        changeLine: (callId, change) => {
          const forgetful = ({ answered: _, ...line }: Line): Line => line;
          return changeLine(callId, (line) => {
            const after = change(line);
            return after === line ? line : forgetful(after);
          });
        },
      })),
  },
  {
    bug: "nobody asks the service whether the sound flows",
    breaks: "a sound that flows is left alone",
    plant: () => ({ automation: (real) => ({ ...real, streams: async () => false }) }),
  },
  {
    bug: "an ended call is not taken off the open ones",
    breaks: "every call ends",
    plant: () => store(() => ({ close: nothing })),
  },
  {
    bug: "an ended call counts as dealt with before it is",
    breaks: "a conversation has its after-call work",
    plant: () => store(() => ({ isOpen: async () => false })),
  },
  {
    bug: "the text message after a call is not claimed",
    breaks: "one text message after a call",
    plant: () => claims("summary-sms", true),
  },
  {
    bug: "a timer is not called off",
    breaks: "nothing is left of a call",
    plant: () => ({
      clock: (real) => ({
        nowMs: () => real.nowMs(),
        after: (delayMs, act) => {
          real.after(delayMs, act);
          return () => undefined;
        },
      }),
    }),
  },
  {
    bug: "news of a call are heard for ever",
    breaks: "nothing is left of a call",
    plant: () => ({ unsubscribe: () => () => undefined }),
  },
  {
    bug: "a session of the model stays open",
    breaks: "nothing is left of a call",
    plant: () => ({
      model: (real) => ({
        send: (command) => real.send(command),
        brief: (brief) => real.brief(brief),
        close: () => undefined,
      }),
    }),
  },
  {
    bug: "the sound is not let go of",
    breaks: "nothing is left of a call",
    plant: () => phone(() => ({ close: () => undefined })),
  },
  {
    bug: "sound that cannot be played throws",
    breaks: "nothing fails on our side",
    plant: () =>
      phone(() => ({
        play: () => {
          throw new TypeError("a planted bug");
        },
      })),
  },
];
