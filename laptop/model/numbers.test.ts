import { expect, test } from "vitest";
import { codeIn, digitsIn } from "./numbers.ts";

test.each([
  ["yesterday at ten", "yesterday at 10"],
  ["vingt-deux heures", "22 heures"],
  ["vingt et un jours", "21 jours"],
  ["a las diez y media", "a las 10 y media"],
  ["um sechzehn Uhr", "um 16 Uhr"],
  ["下午十二点", "下午12点"],
  ["两天前", "2天前"],
])("%s is %s", (words, digits) => {
  expect(digitsIn(words)).toBe(digits);
});

test("articles are numbers only before a unit of time", () => {
  expect(digitsIn("a tree fell a week ago")).toBe("a tree fell 1 week ago");
  expect(digitsIn("un arbre, il y a un jour")).toBe("un arbre, il y a 1 jour");
});

test.each([
  ["my policy number is B 2 0 3 8 8", "B20388"],
  ["B deux zéro trois huit huit", "B20388"],
  ["It is b two zero three double eight.", "B20388"],
  ["A-12345678", "A12345678"],
  ["K47110815", "K47110815"],
])("%j is the code %s", (words, code) => {
  expect(codeIn(words)).toBe(code);
});

test("words without three digits together hold no code", () => {
  expect(codeIn("I have two cars and a house")).toBeUndefined();
  expect(codeIn("")).toBeUndefined();
});
