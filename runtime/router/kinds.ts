/** The kinds of work that messages ask for. */
export const kinds = [
  "chat",
  "service",
  "facts",
  "everyday",
  "writing",
  "text",
  "humanities",
  "science",
  "analysis",
  "calculation",
  "logic",
  "code",
  "math",
] as const;
export type Kind = (typeof kinds)[number];

/** Each kind as a reason, in words for people. */
export const reasonOf: Readonly<Record<Kind, string>> = {
  chat: "small talk",
  service: "asks for customer service",
  facts: "asks for a fact",
  everyday: "asks for everyday advice",
  writing: "asks for something to be written",
  text: "works on a given text",
  humanities: "is about history, law or society",
  science: "asks for scientific knowledge",
  analysis: "asks for technical explanation or analysis",
  calculation: "needs calculation",
  logic: "needs reasoning step by step",
  code: "asks for code",
  math: "needs mathematics",
};

/** What a conversation of each kind is about. */
export const subjectOf: Readonly<Record<Kind, string>> = {
  chat: "small talk",
  service: "customer service",
  facts: "facts",
  everyday: "everyday matters",
  writing: "writing",
  text: "a given text",
  humanities: "history, law or society",
  science: "science",
  analysis: "technical matters",
  calculation: "calculation",
  logic: "reasoning",
  code: "code",
  math: "mathematics",
};

/** The tasks that a person or a page may declare, and the kinds of work they are. */
export const tasks: Readonly<Record<string, readonly Kind[]>> = {
  "small talk": ["chat"],
  support: ["service"],
  facts: ["facts"],
  advice: ["everyday"],
  writing: ["writing"],
  translation: ["text"],
  summary: ["text"],
  law: ["humanities"],
  history: ["humanities"],
  science: ["science"],
  analysis: ["analysis"],
  finance: ["calculation"],
  logic: ["logic"],
  code: ["code"],
  math: ["math"],
};
