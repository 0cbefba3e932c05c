import fc from "fast-check";
import { expect, test } from "vitest";
import { CommandReader, encode, ProtocolError } from "./commands.ts";

test("commands come out whole and in order, however the network cuts them", () => {
  const words = fc.array(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 17 }), (commands, step) => {
      const bytes = Buffer.concat(commands.map(encode));
      const reader = new CommandReader();
      const read = [];
      for (let at = 0; at < bytes.length; at += step) read.push(...reader.read(bytes.subarray(at, at + step)));
      expect(read.map((command) => command.map((word) => word.toString("hex")))).toEqual(
        commands.map((command) => command.map((word) => word.toString("hex"))),
      );
    }),
  );
});

test("a command may be typed as a line", () => {
  const [command] = new CommandReader().read(Buffer.from("AUTH someone  secret\r\n"));
  expect(command?.map(String)).toEqual(["AUTH", "someone", "secret"]);
});

test("what is no command is a protocol error, not a guess", () => {
  expect(() => new CommandReader().read(Buffer.from("*1\r\n+OK\r\n"))).toThrow(ProtocolError);
  expect(() => new CommandReader().read(Buffer.from("*1\r\n$-5\r\n"))).toThrow("invalid bulk length");
  expect(() => new CommandReader().read(Buffer.from("*99999999\r\n"))).toThrow("invalid multibulk length");
});
