/** What the soak tells its server: to hold still, faults included, or to go on. */
export type Order = 'hold' | 'go-on';

/** The server's words. `held` answers an order to hold: what a client must hold now. */
export type Word =
  | { readonly kind: 'ready'; readonly url: string }
  | {
      readonly kind: 'held';
      readonly state: readonly string[];
      readonly changes: number;
      readonly faults: number;
    };
