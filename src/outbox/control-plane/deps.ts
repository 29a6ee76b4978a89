import type { Clock } from '../../domain/clock.ts';
import type { ControlPlaneOutage } from '../../domain/control-plane.ts';
import type { TicketApi } from '../../domain/ports.ts';
import type { Ticket, TicketRequest } from '../../domain/ticket.ts';
import type { WriteHealth } from './write-health.ts';

/** What is said at an end: since when this process leads, and the outage that it has seen itself. */
export interface RecoveryFacts {
  readonly leadsSinceAt: number;
  readonly outage?: { readonly startedAt: number; readonly endedAt: number };
}

/** The words for a control plane that takes no writes. */
export interface ControlPlaneTexts {
  /** What all tickets about this cluster's control plane have in their subjects. */
  readonly keyMarker: string;
  readonly request: (outage: ControlPlaneOutage) => TicketRequest;
  readonly recovered: (facts: RecoveryFacts) => string;
  readonly recurred: (outage: ControlPlaneOutage) => string;
  readonly double: (keptTicketId: string) => string;
  /** What the last of these comments on a ticket says. */
  readonly lastSaid: (ticket: Pick<Ticket, 'comments'>) => 'recovered' | 'recurred' | undefined;
}

/** Is told what has happened. */
export interface ControlPlaneObserver {
  readonly filed: (ticketId: string) => void;
  readonly adopted: (ticketId: string) => void;
  readonly commented: (ticketId: string, kind: 'recovered' | 'recurred') => void;
  readonly doubleClosed: (ticketId: string, keptTicketId: string) => void;
  readonly failed: (error: string) => void;
}

export interface ControlPlaneFilerDeps {
  readonly ticketApi: TicketApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: WriteHealth;
  readonly texts: ControlPlaneTexts;
  readonly observer: ControlPlaneObserver;
  readonly isLeader: () => boolean;
  readonly options: {
    /** How long no write may have been taken before a ticket is filed, in milliseconds. */
    readonly forMs: number;
    readonly lookupDelayMs: number;
    readonly closeRecovered: boolean;
  };
}
