/** Takes secrets out of what leaves. */
export interface Redactor {
  /** `exact` are further values to strike out, wherever they stand. */
  text(value: string, exact?: readonly string[]): string;
  /** Every string of a JSON-like value, keys included. */
  value<Value>(value: Value, exact?: readonly string[]): Value;
}
