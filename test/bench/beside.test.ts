import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { memoryOf, nextPost, processorMs, startBeside, type Subject } from '../../bench/real-api/subjects.ts';

let subject: Subject | undefined;

afterEach(async () => {
  await subject?.close();
  subject = undefined;
});

/** A line for the shell that runs a program in Node.js. */
function node(code: string): string {
  return `${process.execPath} -e '${code}'`;
}

/** Posts when it is told to by a signal, as another program does when a pod crashes. */
const poster = node(
  'const post = (path) => fetch(process.env.WEBHOOK_URL + path, { method: "POST", body: process.env.KUBECONFIG }); process.on("SIGUSR2", () => post("hook")); setInterval(() => {}, 1e3); post("hello")',
);

test('a program beside the agent finds kubeconfig and webhook, and its POST, memory and processor time are seen', async () => {
  subject = await startBeside(poster, '/the/kubeconfig');
  // Its first POST says that it listens to the signal.
  await nextPost(subject);
  subject.trace.clear();
  const before = performance.now();
  const posted = nextPost(subject);
  subject.child.kill('SIGUSR2');
  expect(await posted).toBeGreaterThan(before);
  expect(subject.trace.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /hook']);
  // Of Node.js, and not of the shell, which has 2 MB.
  expect(memoryOf(subject).residentMb).toBeGreaterThan(20);
  expect(processorMs(subject)).toBeGreaterThan(0);
});

test.each([
  ['that ends', node('process.exit(3)'), /has ended \(3\): .*process\.exit/],
  ['that cannot be found', 'no-such-program-here 2>/dev/null', /has ended \(127\): .*no-such-program-here/],
])('one %s is told, with its command', async (_what, command, says) => {
  const ended = await startBeside(command, '/the/kubeconfig');
  subject = ended;
  if (ended.child.exitCode === null) await once(ended.child, 'exit');
  expect(() => memoryOf(ended)).toThrow(says);
});
