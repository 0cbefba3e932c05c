/** Ids and identifiers as Call Automation writes them. */
import type { Digit } from "../telephone/conversation.ts";

/** Randomness passed in: numbers in [0, 1), as `Math.random` gives them. */
export type Random = () => number;

/** A version 4 UUID out of the given randomness. */
export function uuid(random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `4:+33612345678`: a phone number as raw id. */
export function rawId(number: string): string {
  return `4:${number}`;
}

export interface PhoneNumberModel {
  readonly kind: "phoneNumber";
  readonly rawId: string;
  readonly phoneNumber: { readonly value: string };
}

export function phoneNumberModel(number: string): PhoneNumberModel {
  return { kind: "phoneNumber", rawId: rawId(number), phoneNumber: { value: number } };
}

const tones: Readonly<Record<string, Digit>> = {
  zero: "0",
  one: "1",
  two: "2",
  three: "3",
  four: "4",
  five: "5",
  six: "6",
  seven: "7",
  eight: "8",
  nine: "9",
  a: "A",
  b: "B",
  c: "C",
  d: "D",
  pound: "#",
  asterisk: "*",
};
export const toneNames = Object.keys(tones);

/** `five` is the key 5: Call Automation spells tones out. */
export function digitOf(tone: string): Digit | undefined {
  return tones[tone];
}

export function toneOf(digit: Digit): string {
  return toneNames.find((name) => tones[name] === digit)!;
}
