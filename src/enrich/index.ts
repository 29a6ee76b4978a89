export { buildEnvironment, redactEvidence, type Subject } from './environment.ts';
export { fitEnvironment } from './fit.ts';
export { ownRules, vendorSuffix } from './redact/marker.ts';
export { createRedactor, type Redactor } from './redact/redactor.ts';
