/**
 * Azure AI Translator on a laptop, text translation 3.0 and 2026-06-06 (what @azure-rest/ai-translation-text 2.0.0 sends).
 *
 * It cannot translate: it knows the product's own phone phrases in English, French, Spanish, German and Chinese, answers any other text
 * unchanged, with the detected language of a guess, and refuses any other language. Of HTML it knows what stands in such a phrase: marked
 * spans in place of names.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Access, Refusal } from "../identity/access.ts";
import type { Service } from "../service.ts";
import type { LanguageCode } from "./phrases.ts";
import { find, guess, listed, translated } from "./translation.ts";

export interface TranslatorOptions {
  readonly access: Access;
  /** ARM id of the Cognitive Services account. */
  readonly accountId: string;
}

const audiences = ["https://cognitiveservices.azure.com"];
/** Source: learn.microsoft.com/azure/ai-services/translator/service-limits. */
const mostTexts = 1_000;
const mostCharacters = 50_000;

const text3Schema = z
  .array(z.union([z.object({ Text: z.string() }), z.object({ text: z.string() }).transform(({ text }) => ({ Text: text }))]))
  .max(mostTexts);
const text2026Schema = z.object({
  inputs: z
    .array(
      z.object({
        text: z.string(),
        language: z.string().optional(),
        textType: z.string().optional(),
        targets: z.array(z.object({ language: z.string() })).min(1),
      }),
    )
    .max(mostTexts),
});

const names = {
  en: ["English", "English"],
  fr: ["French", "Français"],
  es: ["Spanish", "Español"],
  de: ["German", "Deutsch"],
  "zh-Hans": ["Chinese Simplified", "中文 (简体)"],
};

export function createTranslator({ access, accountId }: TranslatorOptions): Service {
  const app = new Hono();
  app.onError((error) => {
    if (error instanceof Refusal)
      return Response.json({ error: { code: error.code, message: error.message } }, { status: error.status });
    throw error;
  });

  /** A custom-domain endpoint puts the service under a path of its own; the same operations answer there. */
  for (const base of ["", "/translator/text/v3.0"]) {
    app.get(`${base}/languages`, (context) => {
      version(context);
      const entry = ([name, nativeName]: readonly string[]) => ({ name, nativeName, dir: "ltr", models: [] });
      return context.json({ translation: Object.fromEntries(Object.entries(names).map(([code, each]) => [code, entry(each)])) });
    });
    app.post(`${base}/translate`, async (context) => {
      await authorise(access, accountId, context);
      return version(context) === "3.0" ? translate3(context) : translate2026(context);
    });
  }
  app.all("*", () => {
    throw new Refusal(
      501,
      "NotImplemented",
      "This stand-in answers POST /translate and GET /languages; transliteration, detection, dictionaries and documents it does not.",
    );
  });
  return { fetch: (request) => app.fetch(request) };
}

async function authorise(access: Access, scope: string, context: Context): Promise<void> {
  try {
    await access.require(context.req.header("authorization"), { audiences, scope, anyOf: ["Cognitive Services User"] });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 403)
      throw new Refusal(403, "PermissionDenied", `Principal does not have access to API/Operation. ${error.message}`);
    throw new Refusal(401, "401", `Access denied: ${error.message}`);
  }
}

function version(context: Context): "3.0" | "2026-06-06" {
  const given = context.req.query("api-version");
  if (given === "3.0" || given === "2026-06-06") return given;
  throw new Refusal(400, "400021", "The API version parameter is missing or is not valid; known are 3.0 and 2026-06-06.");
}

async function translate3(context: Context): Promise<Response> {
  const to = context.req.queries("to")?.flatMap((each) => each.split(",")) ?? [];
  const from = context.req.query("from");
  if (to.length === 0) throw new Refusal(400, "400036", "The target language is missing.");
  checkTextType(context.req.query("textType"));
  const texts = await body(context, text3Schema, 'An array of {"Text": text}, at most 1,000.');
  checkLength(texts.map(({ Text }) => Text));
  const answer = texts.map(({ Text }) => {
    const { detected, results } = translation(Text, from, to);
    return { ...detected, translations: results.map(({ language, text }) => ({ text, to: language })) };
  });
  return context.json(answer);
}

async function translate2026(context: Context): Promise<Response> {
  const { inputs } = await body(
    context,
    text2026Schema,
    'An object {"inputs": [{"text", "targets": [{"language"}]}]}, at most 1,000 inputs.',
  );
  checkLength(inputs.map(({ text }) => text));
  for (const { textType } of inputs) checkTextType(textType);
  const value = inputs.map(({ text, language, targets }) => {
    const { detected, results } = translation(
      text,
      language,
      targets.map((each) => each.language),
    );
    return { ...detected, translations: results.map((each) => ({ ...each, sourceCharacters: text.length })) };
  });
  return context.json({ value });
}

interface Translation {
  /** Only when the request left the language to be detected. */
  readonly detected: { readonly detectedLanguage?: { readonly language: string; readonly score: number } };
  readonly results: readonly { readonly language: string; readonly text: string }[];
}

function translation(text: string, from: string | undefined, to: readonly string[]): Translation {
  const targets = to.map((tag) => ({ language: tag, code: languageOf(tag, "target", "400036") }));
  const source = from === undefined ? undefined : languageOf(from, "source", "400035");
  const found = find(text, source);
  const known = found && { language: found.language === "zh" ? "zh-Hans" : found.language, score: 1 };
  return {
    detected: from === undefined ? { detectedLanguage: known ?? guess(text) } : {},
    results: targets.map(({ language, code }) => ({ language, text: translated(text, found, code) })),
  };
}

/** The service knows over a hundred languages; one beyond the five here is refused as the service refuses one beyond those. */
function languageOf(tag: string, end: "target" | "source", code: string): LanguageCode {
  const known = isTag(tag) ? listed(tag) : undefined;
  if (known) return known;
  throw new Refusal(400, code, `The ${end} language is not valid. This stand-in knows ${Object.keys(names).join(", ")}.`);
}

function checkTextType(given: string | undefined): void {
  if (given !== undefined && !/^(plain|html)$/i.test(given))
    throw new Refusal(400, "400023", "The textType is not valid; it is Plain or Html.");
}

const isTag = (tag: string): boolean => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag);

async function body<T>(context: Context, schema: z.ZodType<T>, advice: string): Promise<T> {
  const given = schema.safeParse(await context.req.json().catch(() => undefined));
  if (!given.success)
    throw new Refusal(400, "400074", `The body of the request is not valid JSON of the expected shape. ${advice}`);
  return given.data;
}

function checkLength(texts: readonly string[]): void {
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  if (characters > mostCharacters)
    throw new Refusal(400, "400077", `The texts have ${characters} characters together; allowed are ${mostCharacters}.`);
}
