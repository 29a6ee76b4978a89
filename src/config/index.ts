export { ConfigError, environmentVariables, loadConfig, parseConfig } from './load.ts';
export { type Config, type ConfigInput, configSchema } from './schema.ts';
