/** Small words that say how a question is put together, whatever it is about. English; in other languages the other traits remain. */
export const smallWords = {
  negation: "not no except least false incorrect never without neither nor cannot isn doesn",
  asking: "what which who whom whose when where",
  reasoning: "why how explain because therefore if",
  amount: "many much total altogether combined sum number",
  comparing: "than more less fewer most best likely primarily greater older younger longer faster taller",
  sharing: "each every per apiece",
  part: "half third quarter fourth fifth twice thrice double triple times percent fraction ratio average",
  number: "one two three four five six seven eight nine ten twelve twenty thirty hundred dozen thousand",
  remaining: "remaining rest left remain remainder difference",
  time: "hour hours minute minutes day days week weeks month months year years second seconds",
  measure: "miles feet inches meters pounds ounces gallons liters cups kilometers kg cm mph",
  order: "then after before first next finally later",
  turn: "only but however instead although",
  working: "calculate find compute evaluate solve determine simplify prove show",
  person: "he she they his her their him man woman",
  speaker: "i my me you your we our",
  money: "dollar dollars cost costs price pay paid spend spent earn earned sells profit",
  following: "following above according statement statements passage",
  joining: "and or",
} as const;
type SmallWord = keyof typeof smallWords;
export const smallNames = Object.keys(smallWords) as SmallWord[];
