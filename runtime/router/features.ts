/** What can be seen in one message, as reasons for (positive) or against (negative) the strong model, in log-odds. */
export interface Reason {
  readonly weight: number;
  readonly words: string;
}

interface Feature {
  readonly words: string;
  /** The weight of this feature in a message; 0 when it is absent. */
  weigh(message: string, length: number): number;
}

/** Latin stems match at the start of a word, whatever their ending or accent; scripts without spaces match anywhere. */
const stems = (list: string): RegExp => new RegExp(`(?<![\\p{L}])(?:${list.trim().split(/\s+/).join("|")})`, "giu");
const anywhere = (list: string): RegExp => new RegExp(list.trim().split(/\s+/).join("|"), "gu");

/** Asking for work of the mind: English, French, Spanish, German; then Chinese and Japanese. */
const taskStems = stems(`
  explain analy[sz] compar evaluat design architect(?!ur) debug refactor optimi[sz] prove deriv assess critiqu diagnos troubleshoot negotiat
  strateg implement synthesi[sz] justif calculat summari[sz] draft
  expliqu compare[rz] évalu concev optimis démontr rédig résum justifi
  explica analic analiz compara evalú evalua diseñ demuestr redact resum
  erklär analysier vergleich bewert entwirf entwerf beweis begründ berechne verfass`);
const taskSigns = anywhere("解释 分析 比较 设计 证明 评估 优化 計算 説明 比較");

/** Fields where a wrong answer sounds right. */
const fieldStems = stems(`
  algorithm microservic distribut kubernet databas encrypt protocol concurren complexity architectur framework schema regex quantum theorem
  equation integral derivative probabilit statisti regression econom derivat liabilit contract litigat jurisdic regulat compliance diagnos
  patholog pharmac genom thermodynam philosoph epistem
  algorithme contrat responsabilité juridi mathémati probabilité
  algoritm contrato jurídic matemátic probabilidad
  vertrag haftung juristisch mathemat wahrscheinlich`);
const fieldSigns = anywhere("算法 数据库 合同 法律 微服务 架构 量子 方程");

/** Several things wanted, in order or weighed against each other. */
const partStems = stems(`
  step-by-step steps pros trade-?off advantages disadvantages versus vs firstly secondly then
  étapes avantages inconvénients ensuite pasos ventajas desventajas luego schritte vorteile nachteile danach`);

const code = /```|=>|\bfunction\s*\(|\bSELECT\b.+\bFROM\b|[{};]\s*$|\b(?:def|class)\s+\w+|[∑∫√≤≥]|\d\s*[\^*/]\s*\d/imu;

const greeting =
  /^\s*(?:(?:hello|hi|hey|good (?:morning|afternoon|evening)|thanks?(?: you)?|bye|goodbye|bonjour|bonsoir|salut|merci|hola|buenos días|gracias|hallo|guten tag|danke|tschüss|ciao|grazie|olá|你好|您好|谢谢|再见|こんにちは)(?:[\s,.!?，。！？]|$))/iu;
const small = /^\s*(?:yes|no|ok(?:ay)?|sure|oui|non|sí|ja|nein|好|是|不)\s*[.!?]?\s*$/iu;

const count = (message: string, ...patterns: readonly RegExp[]): number =>
  patterns.reduce((sum, each) => sum + (message.match(each)?.length ?? 0), 0);

const all: readonly Feature[] = [
  { words: "asks for reasoning, design or analysis", weigh: (message) => Math.min(2, count(message, taskStems, taskSigns)) * 1 },
  { words: "is about a specialist field", weigh: (message) => Math.min(3, count(message, fieldStems, fieldSigns)) * 0.6 },
  {
    words: "wants several things at once",
    weigh: (message) => Math.min(2, count(message, partStems) + Math.max(0, count(message, /[?？]/gu) - 1)) * 0.5,
  },
  { words: "contains code or a formula", weigh: (message) => (code.test(message) ? 1.2 : 0) },
  { words: "is long", weigh: (_message, length) => Math.min(2, Math.max(0, (length - 15) / 20)) },
  { words: "is a greeting or thanks", weigh: (message, length) => (greeting.test(message) && length <= 8 ? -1.5 : 0) },
  { words: "is a one-word answer", weigh: (message) => (small.test(message) ? -1.5 : 0) },
];

/** The features present in `message`. Its length counts in words, two characters of a script without spaces making one. */
export function features(message: string): Reason[] {
  const ideographs = count(message, /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu);
  const length = count(message, /[\p{L}\p{N}]+/gu) + ideographs / 2;
  return all.map(({ words, weigh }) => ({ weight: weigh(message, length), words })).filter((each) => each.weight !== 0);
}
