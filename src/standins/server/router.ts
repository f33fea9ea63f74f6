import type { Answer, Exchange } from './exchange.ts';

/** The named parts of a path pattern. */
export type PathParameters = Readonly<Record<string, string>>;
export type Handler = (exchange: Exchange, parameters: PathParameters) => Answer | Promise<Answer>;

/** Whether a path may end in a slash: the docs of a vendor write some calls with one, some without. */
export type Slash = 'with' | 'without' | 'either';

export interface Route<H = Handler> {
  readonly method: string;
  /** `/portfolios/:id`; without a slash at the end. */
  readonly pattern: string;
  readonly slash: Slash;
  readonly handler: H;
}

export type Found<H> =
  | { readonly kind: 'route'; readonly route: Route<H>; readonly parameters: PathParameters }
  | { readonly kind: 'no-such-path' }
  | { readonly kind: 'other-method'; readonly allowed: readonly string[] };

export interface Router<H> {
  find(method: string, path: string): Found<H>;
}

interface Compiled<H> {
  readonly route: Route<H>;
  readonly segments: readonly string[];
}

export function createRouter<H>(routes: readonly Route<H>[]): Router<H> {
  const compiled: readonly Compiled<H>[] = routes.map((route) => ({
    route,
    segments: route.pattern.split('/').slice(1),
  }));
  return {
    find(method, path) {
      const slash = path.length > 1 && path.endsWith('/');
      const segments = (slash ? path.slice(0, -1) : path).split('/').slice(1);
      const allowed: string[] = [];
      for (const { route, segments: pattern } of compiled) {
        const parameters = matched(pattern, segments);
        if (!parameters || !slashFits(route.slash, slash)) continue;
        if (route.method === method) return { kind: 'route', route, parameters };
        allowed.push(route.method);
      }
      return allowed.length > 0 ? { kind: 'other-method', allowed } : { kind: 'no-such-path' };
    },
  };
}

const slashFits = (wanted: Slash, slash: boolean): boolean => wanted === 'either' || slash === (wanted === 'with');

function matched(pattern: readonly string[], segments: readonly string[]): PathParameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? '';
    if (part.startsWith(':')) {
      const value = decoded(segment);
      if (value === undefined || value === '') return undefined;
      parameters[part.slice(1)] = value;
    } else if (part !== segment) return undefined;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
