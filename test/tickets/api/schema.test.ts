import { expect, test } from '@jest/globals';
import { readDetail } from '../../../src/tickets/api/schema.ts';

test.each([
  ['{"detail":"no such cluster_id"}', { words: 'no such cluster_id', isAboutCluster: true, isApi: true }],
  ['{"detail":"too long"}', { words: 'too long', isAboutCluster: false, isApi: true }],
  [
    '{"detail":[{"loc":["body","subject"],"msg":"too long"},{"msg":"and more"}]}',
    { words: 'body.subject: too long; and more', isAboutCluster: false, isApi: true },
  ],
  [
    '{"detail":[{"loc":["body","cluster_id"],"msg":"unknown"}]}',
    { words: 'body.cluster_id: unknown', isAboutCluster: true, isApi: true },
  ],
  ['<html>blocked</html>', { words: 'no reason given', isAboutCluster: false, isApi: false }],
  ['{"error":"x"}', { words: 'no reason given', isAboutCluster: false, isApi: false }],
])('an error answer %s', (text, detail) => {
  expect(readDetail(text)).toEqual(detail);
});
