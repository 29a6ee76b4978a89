import { stripTypeScriptTypes } from 'node:module';
import {
  type AnyNode,
  type BinaryExpression,
  type ExpressionStatement,
  type Literal,
  type LogicalExpression,
  parse,
} from 'acorn';
import { simple, type SimpleVisitors } from 'acorn-walk';

/** One small change to a source file that should make a test fail. Offsets are those of the file as it stands. */
export interface Mutant {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** From 1. */
  readonly line: number;
}

type Edit = Omit<Mutant, 'line'>;

const comparisons: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
};

const arithmetic: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '/', '/': '*' };

const logical: Readonly<Record<string, string>> = { '&&': '||', '||': '&&' };

/**
 * Every mutant of a TypeScript file, in the order of their places. Types are blanked out first, which keeps all offsets: they
 * have no behaviour.
 */
export function findMutants(source: string): readonly Mutant[] {
  const script = stripTypeScriptTypes(source);
  const edits: Edit[] = [];
  simple(parse(script, { ecmaVersion: 'latest', sourceType: 'module' }), visitors(script, edits));
  return edits
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map((one) => ({ ...one, line: source.slice(0, one.start).split('\n').length }));
}

/** The file with the change in it. */
export function applyMutant(source: string, { start, end, replacement }: Mutant): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

function visitors(script: string, edits: Edit[]): SimpleVisitors<unknown> {
  return {
    BinaryExpression: (node) => edits.push(...operatorEdits(node, script)),
    LogicalExpression: (node) => edits.push(...logicalEdits(node, script)),
    UnaryExpression: (node) => {
      if (node.operator === '!') edits.push(edit('negation removed', node, text(node.argument, script)));
    },
    Literal: (node) => edits.push(...literalEdits(node)),
    ConditionalExpression: ({ test }) => edits.push(...conditionEdits(test)),
    IfStatement: ({ test }) => edits.push(...conditionEdits(test)),
    ExpressionStatement: (node) => edits.push(...statementEdits(node, script)),
  };
}

function conditionEdits(condition: AnyNode): readonly Edit[] {
  return [edit('always true', condition, 'true'), edit('always false', condition, 'false')];
}

function operatorEdits(node: BinaryExpression, script: string): readonly Edit[] {
  const to = comparisons[node.operator] ?? (isTextual(node) ? undefined : arithmetic[node.operator]);
  return to === undefined ? [] : [between(node, to, script)];
}

function logicalEdits(node: LogicalExpression, script: string): readonly Edit[] {
  const to = logical[node.operator];
  if (to !== undefined) return [between(node, to, script)];
  return [edit('default removed', node, text(node.left, script))];
}

/** Text is joined, not calculated. */
function isTextual({ left, right }: BinaryExpression): boolean {
  return [left, right].some(
    (side) => side.type === 'TemplateLiteral' || (side.type === 'Literal' && typeof side.value === 'string'),
  );
}

function literalEdits(node: Literal): readonly Edit[] {
  if (typeof node.value === 'boolean') return [edit('boolean swapped', node, String(!node.value))];
  if (typeof node.value !== 'number') return [];
  return [edit('number plus one', node, String(node.value + 1))];
}

/** A call for its effect, or an assignment, that does not happen. */
function statementEdits(node: ExpressionStatement, script: string): readonly Edit[] {
  const { type } = node.expression;
  const hasEffect = ['CallExpression', 'AwaitExpression', 'AssignmentExpression', 'UpdateExpression'];
  if (!hasEffect.includes(type) || text(node.expression, script).startsWith('super(')) return [];
  return [edit('statement removed', node, ';')];
}

function between(
  { left, right, operator }: BinaryExpression | LogicalExpression,
  to: string,
  script: string,
): Edit {
  const start = script.indexOf(operator, left.end);
  if (start < 0 || start >= right.start)
    throw new Error(`no ${operator} between ${left.end} and ${right.start}`);
  return { operator: `${operator} to ${to}`, start, end: start + operator.length, replacement: to };
}

function edit(operator: string, { start, end }: Pick<AnyNode, 'start' | 'end'>, replacement: string): Edit {
  return { operator, start, end, replacement };
}

function text({ start, end }: Pick<AnyNode, 'start' | 'end'>, script: string): string {
  return script.slice(start, end);
}
