/** The stand-in model with the tools that prove, keep secret, record and hand over: what it asks, does and says, and what it never tells. */
import { describe, expect, test } from "vitest";
import type { CallRecord } from "../../runtime/calls/call.ts";
import { ModelCall, now, type Setting, sentCode } from "./model-call.ts";

describe("consent to the recording", () => {
  const recorded = { language: "en-US", flags: { recording_enabled: true } } as const;

  test("is asked for after the first answer; a yes starts the recording and the conversation goes on", async () => {
    const call = await ModelCall.begin(recorded);
    expect(await call.says("Hello, I have a leak in my bathroom")).toMatch(/noted that\. May this call be recorded\?/);
    expect(await call.says("Yes, that is fine.")).toBe("Thank you, the call is recorded from now on. When did it happen?");
    expect(call.recorded).toEqual(["call"]);
    expect((await call.record()).claim).toEqual({ incident_description: "Hello, I have a leak in my bathroom" });
  });

  test.each([
    ["en-US", "Hello, I have a leak in my bathroom", "Yes, that is fine.", "Please stop recording me", /not recorded any more/],
    ["fr-FR", "Bonjour, un tuyau fuit chez moi", "Oui", "Arrêtez d'enregistrer, s'il vous plaît", /n'est plus enregistré/],
    [
      "de-DE",
      "Guten Tag, ich habe einen Rohrbruch",
      "Ja",
      "Ich möchte nicht mehr aufgenommen werden",
      /nicht weiter aufgezeichnet/,
    ],
    ["es-ES", "Hola, tengo una fuga de agua", "Sí", "Pare de grabar", /ya no se graba/],
    ["zh-CN", "我家浴室漏水了", "可以", "请停止录音", /不再录音/],
  ])("in %s, a caller who agreed ends the recording whenever they like", async (language, first, yes, wish, answer) => {
    const call = await ModelCall.begin({ ...recorded, language });
    await call.says(first);
    await call.says(yes);
    expect(call.recorded).toEqual(["call"]);
    expect(await call.says(wish)).toMatch(answer);
    expect(call.withdrawn).toEqual(["call"]);
  });

  test.each([
    ["No, please don't", "all right, the call is not recorded"],
    ["no", "all right, the call is not recorded"],
  ])("%j records nothing, and costs nothing else", async (words, answer) => {
    const call = await ModelCall.begin(recorded);
    await call.says("Hello, I have a leak in my bathroom");
    expect((await call.says(words)).toLowerCase()).toContain(answer);
    expect(call.recorded).toEqual([]);
    expect(await call.record()).toMatchObject({ recording_consent: { given: false } });
    expect(await call.says("yesterday")).toMatch(/Where did it happen\?$/);
  });

  test.each([
    ["1", true],
    ["2", false],
  ])("key %s answers like a word", async (key, given) => {
    const call = await ModelCall.begin({ ...recorded, language: "fr-FR" });
    await call.says("Bonjour, un tuyau fuit chez moi");
    await call.presses(key);
    expect(await call.record()).toMatchObject({ recording_consent: { given } });
  });

  test("a caller who says neither is asked once more, and then no more", async () => {
    const call = await ModelCall.begin(recorded);
    const answers = [];
    for (const words of ["Hello, I have a leak", "It was yesterday", "My name is Ada Martin", "Nobody is hurt"])
      answers.push(await call.says(words));
    expect(answers.filter((each) => each.includes("recorded?"))).toHaveLength(2);
    expect(call.used).not.toContain("recording_consent");
    expect(call.recorded).toEqual([]);
  });

  test("someone in danger is not asked", async () => {
    const call = await ModelCall.begin(recorded);
    const answer = await call.says("My son is bleeding, a car hit us!");
    expect(answer).toMatch(/^If anyone is in danger/);
    expect(answer).not.toContain("recorded");
  });

  test("nobody is asked where recording is off", async () => {
    const call = await ModelCall.begin({ language: "en-US" });
    expect(await call.says("Hello, I have a leak in my bathroom")).not.toContain("recorded");
  });
});

describe("an earlier conversation", () => {
  async function again(setting: Setting = {}): Promise<ModelCall> {
    const call = await ModelCall.begin({ language: "en-US", record: { resumable: "before" }, ...setting });
    const { ended_reason: _, resumable: __, ...record } = (await call.record()) as CallRecord;
    await call.store.create({ ...record, call_id: "before", status: "ended", claim: { policyholder_name: "Ada Martin" } });
    const words = { id: "1", created_at: now.toISOString(), style: "none", tool_calls: [] } as const;
    await call.store.append("before", { ...words, persona: "human", action: "talk", content: "My roof leaks in Hull." });
    return call;
  }

  test.each([
    "I called earlier, can we continue our last conversation?",
    "Hello, we were cut off.",
    "Let us go on where we stopped.",
  ])("%j: a code comes by text message, and with it the conversation, asking for nothing that is known", async (words) => {
    const call = await again();
    expect(await call.says(words)).toMatch(/six-digit code is coming.*keypad/);
    expect(call.texts.join()).toContain(sentCode);
    const answer = await call.types(sentCode);
    expect(answer).toMatch(/go on where we stopped/);
    expect(answer).not.toContain("What is your name?");
    expect(await call.record()).toMatchObject({ verified: true, claim: { policyholder_name: "Ada Martin" } });
  });

  test("a wrong code is told, tried again on a yes, and reveals nothing", async () => {
    const call = await again();
    await call.says("Can we resume the previous call?");
    expect(await call.types("000000")).toBe("That code was not right. Shall we try again?");
    expect(await call.says("Yes please")).toMatch(/six-digit code/);
    await call.types("000001");
    await call.says("yes");
    expect(await call.types("000002")).toMatch(/go on without it/);
    expect(call.heard.join()).not.toMatch(/Ada|Martin|roof|Hull/);
    expect(call.texts).toHaveLength(1);
  });

  test("is not spoken of to a caller who does not ask", async () => {
    const call = await again();
    await call.says("Hello, I have a leak in my kitchen");
    await call.says("What do you know about me?");
    expect(call.heard.join()).not.toMatch(/Ada|Martin|roof|Hull|earlier/);
    expect(call.used).not.toContain("continue_last_conversation");
  });

  test("where there is none, a caller is told and the call goes on", async () => {
    const call = await ModelCall.begin({ language: "fr-FR" });
    expect(await call.says("Je voudrais reprendre la conversation de tout à l'heure")).toMatch(
      /Je n'ai pas de conversation précédente ici\..*\?$/,
    );
  });
});

describe("digits that nobody may hear", () => {
  const url = "https://pay.example.com";
  const secure_digits = [
    { name: "account_pin", description: "the PIN of the account", least: 4, most: 4, url },
    { name: "card_number", description: "the card to pay with", least: 12, most: 19, url },
  ];
  const call = (post: NonNullable<Setting["post"]>) => ModelCall.begin({ language: "en-US", agent: { secure_digits }, post });

  test("are typed, for what the caller means, and the model learns only what came of it", async () => {
    const paying = await call(async () => ({ accepted: true }));
    expect(await paying.says("I want to pay by card")).toMatch(/type it on the keypad.*not say it aloud/);
    expect(paying.effects).toEqual([{ kind: "collect_digits", name: "card_number", least: 12, most: 19 }]);
    expect(await paying.types("4111111111111111")).toMatch(/that was accepted/);
    const proving = await call(async () => ({ accepted: true }));
    await proving.says("You need my PIN code?");
    expect(proving.effects).toEqual([{ kind: "collect_digits", name: "account_pin", least: 4, most: 4 }]);
  });

  test("may be refused and typed again, or fail", async () => {
    const answers = [false, true];
    const paying = await call(async () => ({ accepted: answers.shift() ?? false }));
    await paying.says("My credit card number, do you want it?");
    expect(await paying.types("4111111111111112")).toBe("That was not accepted. Shall we try again?");
    await paying.says("yes");
    expect(await paying.types("4111111111111111")).toMatch(/that was accepted/);
    const failing = await call(async () => {
      throw new Error("down");
    });
    await failing.says("I want to pay by card");
    expect(await failing.types("4111111111111111")).toMatch(/did not work/);
  });
});

describe("a colleague who takes over", () => {
  test("is briefed in the line's language with the caller's matter and what is noted", async () => {
    const call = await ModelCall.begin({ language: "en-US", agent: { agent_phone_number: "+33612345670" } });
    await call.says("Hello, I have a leak in my bathroom");
    await call.says("My name is Ada Martin");
    await call.says("I want to talk to a human");
    expect(call.effects).toEqual([
      {
        kind: "transfer",
        to: "+33612345670",
        briefing: expect.stringMatching(
          /^Le client a dit : « Hello, I have a leak in my bathroom »\. Nous avons noté.*nom: Ada Martin/,
        ),
      },
    ]);
  });

  test("gets none on a line that hands over cold", async () => {
    const agent = { agent_phone_number: "+33612345670", transfer: "cold" } as const;
    const call = await ModelCall.begin({ language: "en-US", agent });
    await call.says("I want to talk to a human");
    expect(call.effects).toEqual([{ kind: "transfer", to: "+33612345670" }]);
  });
});
