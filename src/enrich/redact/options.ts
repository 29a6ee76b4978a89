/** A rule that an operator adds to the built-in ones. */
export interface ExtraPattern {
  /** Appears in `[REDACTED:<name>]` and in the counts: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** A regular expression in JavaScript syntax; see `compileExtraPatterns` for what is refused. */
  readonly pattern: string;
  /** Any of `i`, `s`, `u`; matching is always global. */
  readonly flags?: string | undefined;
}

/** Which personal data is masked as well; none of it is a secret in the narrow sense. */
export interface PersonalDataOptions {
  readonly email: boolean;
  readonly card: boolean;
  readonly iban: boolean;
  readonly ip: boolean;
  readonly phone: boolean;
  readonly ssn: boolean;
}

/** Everything an operator can say about redaction. The built-in rules cannot be switched off. */
export interface RedactionOptions {
  /** Values that must never appear, whatever stands around them (the agent's own token, for example). */
  readonly exactValues: readonly string[];
  readonly extraPatterns: readonly ExtraPattern[];
  readonly pii: PersonalDataOptions;
  /** Mask what looks like a secret in the neighbourhood of a word that tells of one. */
  readonly withhold: boolean;
  /** Longest line in UTF-16 units; the rest of a longer line is cut off before any rule runs. */
  readonly maxLineLength: number;
  /** Longest text in UTF-16 units that `redactText` returns; what is over is cut off. */
  readonly maxTextLength: number;
}

/** What is used where the configuration is silent. */
export const defaultRedactionOptions: RedactionOptions = {
  exactValues: [],
  extraPatterns: [],
  pii: { email: true, card: true, iban: false, ip: false, phone: false, ssn: false },
  withhold: true,
  maxLineLength: 4096,
  maxTextLength: 1_048_576,
};
