import { expect, test } from "vitest";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import type { Ending, Moment, Party, Seat } from "./conversation.ts";
import { Exchange, type Ringing, type Subscriber } from "./exchange.ts";
import { frameSamples } from "./frame.ts";

const anna = "+33612345678";
const ben = "+14255550123";
const carl = "+441632960123";

class Handset implements Party, Subscriber {
  readonly log: string[] = [];
  readonly moments: Moment[] = [];
  ringing: Ringing | undefined;
  seat: Seat | undefined;
  ring(call: Ringing): void {
    if (this.seat) return void call.refuse("busy");
    this.ringing = call;
    call.stopped(() => this.log.push("stopped ringing"));
    this.log.push(`rings from ${call.from}`);
  }
  text({ words }: { words: string }): void {
    this.log.push(`text: ${words}`);
  }
  answered(): void {
    this.log.push("answered");
  }
  moment(moment: Moment): void {
    this.moments.push(moment);
  }
  digit(digit: string, from: string): void {
    this.log.push(`${digit} from ${from}`);
  }
  ended(ending: Ending): void {
    this.seat = undefined;
    this.log.push(ending);
  }
  pickUp(): void {
    this.seat = this.ringing?.answer(this);
  }
  heard(): number[] {
    return this.moments.filter(({ heard }) => !heard.silent).map(({ heard }) => heard.pcm[0] ?? 0);
  }
}

function network() {
  const clock = new VirtualClock();
  const exchange = new Exchange({ clock });
  const phones = { anna: new Handset(), ben: new Handset(), carl: new Handset() };
  exchange.register(anna, phones.anna);
  exchange.register(ben, phones.ben);
  exchange.register(carl, phones.carl);
  const dial = (): void => {
    phones.anna.seat = exchange.dial(anna, ben, phones.anna);
  };
  return { clock, exchange, ...phones, dial };
}

test("a phone rings, is picked up, and both hear each other in real time", () => {
  const { clock, anna: caller, ben: callee, dial } = network();
  dial();
  expect(callee.log).toEqual([`rings from ${anna}`]);
  callee.pickUp();
  expect(caller.log).toEqual(["answered"]);
  caller.seat?.speak(new Int16Array(frameSamples * 50).fill(5));
  clock.pass(400);
  expect(callee.heard()).toEqual(Array(20).fill(5));
  expect(caller.seat?.waitingMs).toBe(600);
  clock.pass(3_600_000);
  expect(callee.moments).toHaveLength(3_600_400 / 20);
  expect(callee.heard()).toHaveLength(50);
  expect(caller.moments.filter(({ spoken }) => !spoken.silent)).toHaveLength(50);
});

test("a phone that picks up before it has rung is in the call, and the caller can hang up at once", () => {
  const { exchange, anna: caller } = network();
  const quick = new Handset();
  exchange.register(carl.replace("123", "456"), {
    ring(call) {
      quick.seat = call.answer(quick);
    },
  });
  exchange.dial(anna, carl.replace("123", "456"), {
    answered: (seat) => seat.leave(),
    ended: (ending) => caller.ended(ending),
  });
  expect(quick.log).toEqual(["hung up"]);
});

test("hanging up ends the call for the other, and only once", () => {
  const { clock, anna: caller, ben: callee, dial } = network();
  dial();
  callee.pickUp();
  const { seat } = caller;
  seat?.leave();
  seat?.leave();
  clock.pass(1_000);
  expect(callee.log.filter((each) => each === "hung up")).toHaveLength(1);
  expect(caller.log).toEqual(["answered"]);
  expect(seat?.speak(new Int16Array(10))).toBe(false);
});

test("a phone in a call is busy, and a declined one says so", () => {
  const { clock, exchange, anna: caller, ben: callee, carl: third, dial } = network();
  dial();
  callee.pickUp();
  third.seat = exchange.dial(carl, ben, third);
  clock.pass(1);
  expect(third.log).toEqual(["busy"]);
  caller.seat?.leave();
  dial();
  callee.ringing?.refuse("declined");
  clock.pass(1);
  expect(caller.log.at(-1)).toBe("declined");
});

test("a phone that nobody picks up stops ringing after 45 seconds", () => {
  const { clock, anna: caller, ben: callee, dial } = network();
  dial();
  clock.pass(44_999);
  expect(caller.log).toEqual([]);
  clock.pass(1);
  expect(caller.log).toEqual(["no answer"]);
  expect(callee.log.at(-1)).toBe("stopped ringing");
  expect(() => callee.pickUp()).toThrow(/no longer rings/);
});

test("a caller who gives up stops the ringing", () => {
  const { anna: caller, ben: callee, dial } = network();
  dial();
  caller.seat?.leave();
  expect(callee.log.at(-1)).toBe("stopped ringing");
  expect(() => callee.pickUp()).toThrow(/no longer rings/);
});

test("a number nobody has is unreachable, unless a stranger answers there", () => {
  const clock = new VirtualClock();
  const caller = new Handset();
  new Exchange({ clock }).dial(anna, ben, caller);
  clock.pass(1);
  expect(caller.log).toEqual(["unreachable"]);
  const stranger = new Handset();
  const numbers: string[] = [];
  const subscriber = (number: string): Subscriber => {
    numbers.push(number);
    return stranger;
  };
  const populated = new Exchange({ clock, stranger: subscriber });
  populated.dial(anna, ben, caller);
  stranger.pickUp();
  expect(numbers).toEqual([ben]);
  expect(caller.log.at(-1)).toBe("answered");
});

test("keys are told to everybody else", () => {
  const { anna: caller, ben: callee, dial } = network();
  dial();
  callee.pickUp();
  caller.seat?.press("#");
  expect(callee.log.at(-1)).toBe(`# from ${anna}`);
  expect(caller.log).toEqual(["answered"]);
});

test("of three, each hears the sum of the others; the last two stay connected when one leaves", () => {
  const { clock, exchange, anna: caller, ben: callee, carl: third, dial } = network();
  dial();
  callee.pickUp();
  exchange.invite(callee.seat!.conversation, ben, carl, { answered: () => undefined, failed: () => undefined });
  third.pickUp();
  for (const [seat, value] of [
    [caller.seat, 100],
    [callee.seat, 20],
    [third.seat, 3],
  ] as const)
    seat?.speak(new Int16Array(frameSamples * 3).fill(value));
  clock.pass(60);
  expect([caller.heard()[0], callee.heard()[0], third.heard()[0]]).toEqual([23, 103, 120]);
  callee.seat?.leave();
  caller.seat?.speak(new Int16Array(frameSamples * 3).fill(9));
  clock.pass(60);
  expect(third.heard().at(-1)).toBe(9);
  third.seat?.leave();
  expect(caller.log.at(-1)).toBe("hung up");
});

test("a number belongs to one phone at a time", () => {
  const { exchange } = network();
  expect(() => exchange.register(anna, new Handset())).toThrow(/already belongs to a connected phone/);
});

test("texts reach the phone now and are kept for the one that connects later", () => {
  const { exchange, ben: callee } = network();
  exchange.text(anna, ben, "hello");
  exchange.text(anna, "+33612349999", "are you there?");
  expect(callee.log).toEqual(["text: hello"]);
  expect(exchange.texts("+33612349999")).toMatchObject([{ from: anna, words: "are you there?" }]);
});
