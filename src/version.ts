import packageJson from '../package.json' with { type: 'json' };

declare const AGENT_VERSION: string | undefined;

/** Version of the agent: put in by the bundler, else as the package says. */
export const version: string = typeof AGENT_VERSION === 'undefined' ? packageJson.version : AGENT_VERSION;
