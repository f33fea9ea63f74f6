import type { Logger } from '../telemetry/logger.ts';

/** Origins are named by whoever asks: no more than these are remembered, and logged. */
const MOST = 100;

/** One line of the log for each origin whose pages are refused, with the setting that lets them in. */
export class RefusedOrigins {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #told = new Set<string>();

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger;
  }

  tell(origin: string | null | undefined): void {
    if (origin == null || this.#told.has(origin) || this.#told.size >= MOST) return;
    this.#told.add(origin);
    this.#logger.warn({ origin: origin.slice(0, 200) }, 'pages of this origin are refused; CORS_ORIGINS lets them in');
  }
}
