import { beforeAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { openVoice, type Voice } from "../voice/voice.ts";
import type { Ending, Moment, Party } from "./conversation.ts";
import { Exchange } from "./exchange.ts";
import { durationMs } from "./frame.ts";
import { Mind, person } from "./person.ts";
import { personaOf } from "./persona.ts";

const number = "+14255550123";
const persona = personaOf(number);
const asked = (question: string): string => new Mind(persona).reply(question).words;

describe("a simulated person", () => {
  test("is the same at the same number, and another at another number or with another seed", () => {
    expect(personaOf(number)).toEqual(persona);
    const others = Array.from({ length: 20 }, (_, at) => personaOf(`+1425555${1_000 + at}`).policyNumber);
    expect(new Set([...others, persona.policyNumber, personaOf(number, 1).policyNumber]).size).toBe(22);
  });

  test.each([
    ["What is your name?", persona.name],
    ["Thank you, I have noted that. What is your policy number?", persona.policyNumber],
    ["What is your email address?", persona.email],
    ["What is your phone number?", number],
    ["Where did it happen?", persona.street],
    ["Quel est votre nom ?", `Je m'appelle ${persona.name}.`],
    ["Merci, c'est noté. Où est-ce arrivé ?", `C'était au ${persona.street}`],
    ["Y a-t-il des blessés ?", "personne n'est blessé"],
    ["¿Cuál es su número de póliza?", `Mi número de póliza es ${persona.policyNumber}.`],
    ["Wie ist Ihr Name?", `Ich heiße ${persona.name}.`],
    ["您的保单号是多少？", `我的保单号是 ${persona.policyNumber}。`],
  ])("asked %j, tells it in the language it was asked in", (question, answer) => {
    expect(asked(question)).toContain(answer);
  });

  test.each([
    ["When did it happen?", /yesterday|days ago/],
    ["Quand est-ce arrivé ?", /hier|il y a/],
    ["Bonjour, je suis Amélie, de Contoso. Comment puis-je vous aider ?", /voiture|tuyau|grêle/],
    ["Hello, I'm Amélie from Contoso. How can I help you?", /car|pipe|hail/i],
  ])("asked %j, tells its story", (question, answer) => {
    expect(asked(question)).toMatch(answer);
  });

  test("tells its place and its machine in the one language it is spoken to", () => {
    const everybody = Array.from({ length: 40 }, (_, at) => personaOf(`+3361234${1_000 + at}`));
    const tell = (question: string) => new Set(everybody.map((each) => new Mind(each).reply(question).words));
    expect(tell('What should I note for "hardware info"?')).toContain("It is a ThinkPad T14 laptop.");
    expect(tell("Que dois-je noter pour « hardware info » ?")).toContain("C'est un ordinateur portable ThinkPad T14.");
    const places = tell("Que dois-je noter pour « building location » ?");
    expect(places).toContain("Je suis dans la tour nord, au cinquième étage.");
    expect([...places].filter((each) => /floor|tower|building/.test(each))).toEqual([]);
  });

  test("does not pretend to know what it does not, and keeps to the language of the call", () => {
    const mind = new Mind(persona);
    mind.reply("Bonjour, comment puis-je vous aider ?");
    expect(mind.reply("Xyzzy?")).toEqual({ words: "Je ne sais pas.", last: false });
  });

  test("says goodbye when the other side does, and hangs up", () => {
    expect(new Mind(persona).reply("Merci de votre appel. Au revoir !")).toEqual({ words: "Merci. Au revoir !", last: true });
  });

  test("that hears only sounds says so, and does not go on for ever", () => {
    const mind = new Mind(persona);
    const replies = Array.from({ length: 4 }, () => mind.reply(""));
    expect(replies[0]?.words).toMatch(/simulated voices only/);
    expect(replies.map((each) => each.last)).toEqual([false, false, false, true]);
  });

  test("with a script says its lines one a turn", () => {
    const mind = new Mind(persona, { script: ["One.", "Two."] });
    expect([mind.reply("How can I help you?"), mind.reply("And then?")]).toEqual([
      { words: "One.", last: false },
      { words: "Two.", last: true },
    ]);
  });
});

describe("on the phone, with real sound", () => {
  let voice: Voice;
  beforeAll(async () => {
    voice = await openVoice();
  });

  /** Somebody who calls the number, says one thing, and listens. */
  function calls(more: { impatient?: boolean } = {}) {
    const clock = new VirtualClock();
    const exchange = new Exchange({ clock, stranger: (each) => person({ number: each, voice, clock, ...more }) });
    const ear = voice.ear();
    const log: string[] = [];
    const party: Party & { answered(): void } = {
      answered: () => log.push("answered"),
      moment: ({ heard }: Moment) => void log.push(...ear.hear(heard.pcm)),
      ended: (ending: Ending) => void log.push(ending),
    };
    const seat = exchange.dial("+33199001234", number, party);
    return { clock, log, seat };
  }

  test("picks up, waits for the end of the question, and answers in words that can be heard", () => {
    const { clock, log, seat } = calls();
    clock.pass(1_000);
    expect(log).toEqual([]);
    clock.pass(1_000);
    expect(log).toEqual(["answered"]);
    const question = voice.speak("What is your name?");
    seat.speak(question);
    clock.pass(durationMs(question) + 500);
    expect(log).toEqual(["answered"]);
    clock.pass(6_000);
    expect(log).toEqual(["answered", `My name is ${persona.name}.`]);
  });

  test("says hello to silence, and hangs up when nobody ever speaks", () => {
    const { clock, log } = calls();
    clock.pass(60_000);
    expect(log).toEqual(["answered", "Hello?", "hung up"]);
  });

  test("after a goodbye it says its own and hangs up", () => {
    const { clock, log, seat } = calls();
    clock.pass(2_000);
    seat.speak(voice.speak("Thank you for your call. Goodbye!"));
    clock.pass(12_000);
    expect(log).toEqual(["answered", "Thank you. Goodbye!", "hung up"]);
  });

  test("an impatient one speaks while it is spoken to", () => {
    const { clock, log, seat } = calls({ impatient: true });
    clock.pass(2_000);
    seat.speak(voice.speak("This is a long sentence that nobody with so little patience will ever listen to until its end."));
    clock.pass(600);
    expect(seat.waitingMs).toBeGreaterThan(1_000);
    clock.pass(8_000);
    expect(log.length).toBeGreaterThan(1);
  });
});
