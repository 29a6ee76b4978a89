import { createDesk } from '../../src/desk/desk.ts';

// The desk in a process of its own: `node server.ts FILE TOKEN`. Tells its address, and ends with its parent.
const [file = '', token = ''] = process.argv.slice(2);
const limits = { connections: 1_024, requestsPerSecond: Infinity, burst: Infinity };
const desk = await createDesk({
  file,
  host: '127.0.0.1',
  port: 0,
  tokens: [{ token, label: 'bench' }],
  limits,
});
process.on('disconnect', () => void desk.close());
process.send?.(desk.url);
