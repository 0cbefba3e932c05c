/**
 * What Twilio asks and tells an app: forms, posted with the account's signature. Requests about one call follow each other in order; an app
 * that does not answer is not asked again, which is what Twilio does unless a number has a fallback.
 */
import { createHmac } from "node:crypto";

export type Form = Readonly<Record<string, string>>;

export interface WebhookArgs {
  readonly authToken: string;
  readonly fetch: typeof fetch;
}

const timeoutMs = 15_000;

/** Twilio's signature of a request: the address, then every field's name and value by name. */
export function signature(authToken: string, url: string, form: Form = {}): string {
  const fields = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name] ?? ""}`);
  return createHmac("sha1", authToken)
    .update([url, ...fields].join(""))
    .digest("base64");
}

export class Webhooks {
  readonly #args: WebhookArgs;
  #last: Promise<unknown> = Promise.resolve();

  constructor(args: WebhookArgs) {
    this.#args = args;
  }

  /** The body the app answers with; undefined when it did not, or refused. */
  ask(url: string, form: Form): Promise<string | undefined> {
    const answer = this.#last.then(() => this.#post(url, form));
    this.#last = answer;
    return answer;
  }

  /** Without waiting for what the app says to it. */
  tell(url: string, form: Form): void {
    void this.ask(url, form);
  }

  async #post(url: string, form: Form): Promise<string | undefined> {
    try {
      const answer = await this.#args.fetch(url, {
        method: "POST",
        headers: { "x-twilio-signature": signature(this.#args.authToken, url, form), "user-agent": "TwilioProxy/1.1" },
        body: new URLSearchParams(form),
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = await answer.text();
      return answer.ok ? body : undefined;
    } catch {
      return undefined;
    }
  }
}
