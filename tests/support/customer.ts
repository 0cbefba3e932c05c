/** A service of a customer's, on HTTPS under a certificate of the laptop's: it takes what Switchboard posts and knows who signed it. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import type { Certificate } from "../../laptop/service.ts";

export interface Posted {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Customer {
  /** `localhost:<port>`, for `webhooks.privateHosts`. */
  readonly host: string;
  /** What a person puts into the vault. */
  readonly secret: string;
  readonly posted: readonly Posted[];
  /** Throws unless the post bears our signature, checked by another vendor's implementation of the same standard. */
  verify(posted: Posted): Promise<void>;
  close(): void;
}

export async function openCustomer({ certificate, key }: Certificate): Promise<Customer> {
  const posted: Posted[] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk;
    });
    request.on("end", () => {
      posted.push({ path: request.url ?? "", headers: request.headers as Record<string, string>, body });
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ accepted: true }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const secret = `whsec_${Buffer.from("thirty-two bytes for a customer.").toString("base64")}`;
  const standard = new OpenAI({ apiKey: "none", webhookSecret: secret });
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    secret,
    posted,
    verify: ({ body, headers }) => standard.webhooks.verifySignature(body, headers),
    close: () => void server.close(),
  };
}
