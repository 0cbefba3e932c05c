/** A session of any voice engine under test, with everything it reports, and what a caller makes out of its sound. */
import { pcmFromBytes } from "../../laptop/voice/sound.ts";
import type { Voice } from "../../laptop/voice/voice.ts";
import { audioFrom } from "../../runtime/bridge/audio.ts";
import type { ModelBrief, ModelEvent, OpenVoiceModel, VoiceModel } from "../../runtime/bridge/voice-model/voice-model.ts";

export class Listened {
  readonly events: ModelEvent[] = [];
  readonly model: VoiceModel;
  readonly #voice: Voice;
  #seen = 0;
  #wake: () => void = () => undefined;

  constructor(voice: Voice, openModel: OpenVoiceModel, asked: { readonly deployment: string; readonly brief: ModelBrief }) {
    this.#voice = voice;
    this.model = openModel(asked, (event) => {
      this.events.push(event);
      this.#wake();
    });
  }

  /** The first event of a kind that has not been waited for yet. */
  async next<Kind extends ModelEvent["kind"]>(kind: Kind): Promise<Extract<ModelEvent, { kind: Kind }>> {
    for (;;) {
      const at = this.events.findIndex((each, index) => index >= this.#seen && each.kind === kind);
      if (at >= 0) {
        this.#seen = at + 1;
        return this.events[at] as Extract<ModelEvent, { kind: Kind }>;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sound of the caller. */
  hears(pcm: Buffer): void {
    this.model.send({ kind: "hear", audio: audioFrom(Buffer.from(pcm.toString("base64")))! });
  }

  /** What the caller made out of a response's sound. */
  heard(responseId: string): string[] {
    const sound = this.events.flatMap((each) =>
      each.kind === "speech" && each.responseId === responseId ? [each.audio.base64.toString("latin1")] : [],
    );
    const ear = this.#voice.ear();
    const bytes = Buffer.concat(sound.map((each) => Buffer.from(each, "base64")));
    const texts = ear.hear(pcmFromBytes(Buffer.concat([bytes, Buffer.alloc(24_000)])));
    ear.close();
    return texts;
  }

  words(responseId: string): string {
    return this.events.flatMap((each) => (each.kind === "words" && each.responseId === responseId ? [each.text] : [])).join("");
  }
}
