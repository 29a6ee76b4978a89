import { describe, expect, test } from '@jest/globals';
import { tellingLine } from '../../src/lib/telling-line.ts';

const rows: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a panic of Go',
    'panic: runtime error: index out of range [3] with length 3',
    [
      'error: retry',
      '<',
      '',
      'goroutine 1 [running]:',
      'main.main()',
      '\t/src/main.go:12',
      'exit status 2, failed',
    ],
  ],
  [
    'a fatal line of klog',
    'F1129 20:00:00.000001 1 main.go:12] no kubeconfig',
    ['<', 'error: goroutine 1 [running]:'],
  ],
  [
    'a fatal level of JSON',
    '{"level":"fatal","msg":"no such host db"}',
    ['<', '{"level":"error","msg":"flush"}'],
  ],
  [
    'a fatal level of logfmt',
    'time=1 level=fatal msg="cannot bind"',
    ['level=error msg=x', '<', 'level=info msg=bye'],
  ],
  [
    'the head of a trace of Java',
    'Exception in thread "main" java.lang.IllegalStateException: no license',
    ['<', '\tat a.ErrorHandler.call(E.java:3)', 'ERROR stopped'],
  ],
  [
    'the head of a trace of Node.js',
    "Error: Cannot find module 'express'",
    ['throw err;', '<', '    at errors.js:1', '  code: "MODULE_NOT_FOUND"', 'Node.js v24.1.0'],
  ],
  [
    'the last line of a trace of Python',
    "KeyError: 'URL'",
    ['Traceback (most recent call last):', '  File "error.py"', '<'],
  ],
  [
    'a panic of Rust',
    "thread 'main' panicked at src/main.rs:2:5:",
    ['<', 'index out of bounds', 'note: run with RUST_BACKTRACE=1'],
  ],
  ['an error before an orderly end', 'error: connection refused', ['start', '<', 'bye']],
  ['the last line, where nothing failed', 'ok=12 changed=0 failed=0', ['start', '<', '']],
  ['the last line, where there is no error', '{"msg":"done","error":null,"errors":[]}', ['start', '<']],
  [
    'the error before a summary without one',
    'ERROR: disk is full',
    ['<', 'done, 0 errors, 0 failures, error: ""', 'error=<nil>'],
  ],
  ['an indented line where there is no other', '  failed', ['<']],
];

describe('the line that tells why is', () => {
  test.each(rows)('%s', (_what, expected, lines) => {
    expect(tellingLine(lines.map((line) => (line === '<' ? expected : line)))).toBe(expected);
  });

  test('none of a log without lines', () => {
    expect(tellingLine([])).toBeUndefined();
    expect(tellingLine(['', '  '])).toBeUndefined();
  });
});
