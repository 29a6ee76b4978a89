export { type HealthCheck, startTelemetryServer, type TelemetryServer } from './http-server.ts';
export { createLogger, describeError, type Logger } from './logger.ts';
export { showCount, startSeries } from './metric-registry.ts';
export { Metrics } from './metrics.ts';
