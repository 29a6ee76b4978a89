/** A relay as a process of its own, for another network namespace. Arguments: address to listen on, target's host and port. */
import { startRelay } from './relay.ts';

const [listenOn = '', targetHost = '', targetPort = ''] = process.argv.slice(2);
const relay = await startRelay({ listenOn, targetHost, targetPort: Number(targetPort) });
process.once('disconnect', () => process.exit());
process.send?.(relay.port);
