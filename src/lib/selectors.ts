/** A label selector as Kubernetes has it: every label and every expression must fit; one that is empty selects all. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelExpression[] | undefined;
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
type LabelOperator = (typeof operators)[number];

interface LabelExpression {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values?: readonly string[] | undefined;
}

/** Whether these labels are selected. `NotIn` also selects what does not have the label, as in Kubernetes. */
export function isSelected(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: ReadonlyMap<string, string>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((expression) => meets(labels.get(expression.key), expression))
  );
}

/** Whether this is one of the operators of label selectors. */
export function isLabelOperator(word: unknown): word is LabelOperator {
  return operators.some((operator) => operator === word);
}

/** Whether a label, absent or with this value, is as an expression wants it. */
export function meets(
  value: string | undefined,
  { operator, values = [] }: Pick<LabelExpression, 'operator' | 'values'>,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/**
 * Whether a pattern fits the whole of a name: `*` stands for any characters or none, `?` for one. Takes time in proportion to
 * both lengths at most, whatever the pattern.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let [at, star, resumeAt] = [0, -1, 0];
  for (let i = 0; i < name.length;) {
    if (pattern[at] === '*') {
      [star, resumeAt] = [at, i];
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === name[i]) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      resumeAt += 1;
      [at, i] = [star + 1, resumeAt];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
