/** One thing a claim wants to know. */
export interface Field {
  readonly name: string;
  readonly type: "text" | "datetime" | "email" | "phone_number";
  readonly description?: string;
}
