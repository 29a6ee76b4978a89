/** Suffixes of Kubernetes quantities, as factors. */
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** The value of a Kubernetes quantity, `100m` as 0.1 and `1Ki` as 1024; undefined when it is none. */
export function parseQuantity(text: string | undefined): number | undefined {
  const match = QUANTITY.exec(text ?? '');
  if (match === null) return undefined;
  const [, number = '', exponent = '', suffix = ''] = match;
  return Number(`${number}${exponent}`) * (factors[suffix] ?? 1);
}

const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** A quantity as a person says it: cpu in cores with up to three decimals, what is counted in bytes in Ki, Mi, Gi with one. */
export function sayQuantity(resource: string, value: number): string {
  if (!isInBytes(resource)) return String(Math.round(value * 1_000) / 1_000);
  let power = 0;
  let rest = value;
  while (Math.abs(rest) >= 1_024 && power < binary.length - 1) {
    rest /= 1_024;
    power += 1;
  }
  return `${Math.round(rest * 10) / 10}${binary[power] ?? ''}`;
}

function isInBytes(resource: string): boolean {
  return /(?:memory|storage|hugepages-[^.]*)$/.test(resource);
}
