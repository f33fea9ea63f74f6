import type { Server } from 'node:http';

export const server: Server;
export function change(options: {
  readonly portfolios?: number;
  readonly transactions?: number;
  readonly movements?: number;
  readonly delayMs?: number;
  readonly strict?: boolean;
  readonly each?: number;
}): void;
export function takeCalls(): { readonly count: number; readonly distinct: number };
