export { type HealthCheck, startTelemetryServer, type TelemetryServer } from './http-server.ts';
export { createLogger, describeError, type Logger } from './logger.ts';
export { Metrics, showCount } from './metrics.ts';
