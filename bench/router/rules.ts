/**
 * The hand-written rules that a learned router must beat: a weighing of what can be seen in the message and the conversation, squashed to
 * 0..1. From 0.5 on, the strong model.
 */
import type { Turn } from "../../runtime/chat/record.ts";

type Weigh = (message: string, length: number) => number;

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

/** In log-odds, each in its own bounds. */
const all: readonly Weigh[] = [
  (message) => Math.min(2, count(message, taskStems, taskSigns)),
  (message) => Math.min(3, count(message, fieldStems, fieldSigns)) * 0.6,
  (message) => Math.min(2, count(message, partStems) + Math.max(0, count(message, /[?？]/gu) - 1)) * 0.5,
  (message) => (code.test(message) ? 1.2 : 0),
  (_message, length) => Math.min(2, Math.max(0, (length - 15) / 20)),
  (message, length) => (greeting.test(message) && length <= 8 ? -1.5 : 0),
  (message) => (small.test(message) ? -1.5 : 0),
];
const priorLogOdds = -1.2;
/** How many of the person's messages lend their weight to the next, halved with each step back. */
const remembered = 4;

export function rules(message: string, history: readonly Turn[]): number {
  const said = history
    .filter((each) => each.persona === "human")
    .slice(-remembered)
    .reverse();
  const before = said.reduce((sum, each, back) => sum + Math.max(0, weigh(each.content)) / 2 ** (back + 1), 0);
  return 1 / (1 + Math.exp(-priorLogOdds - weigh(message) - Math.min(2, before)));
}

function weigh(message: string): number {
  const ideographs = count(message, /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu);
  const length = count(message, /[\p{L}\p{N}]+/gu) + ideographs / 2;
  return all.reduce((sum, each) => sum + each(message, length), 0);
}
