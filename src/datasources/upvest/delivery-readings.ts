import {
  type DeliveryHead,
  type DeliverySignature,
  headerText,
  MalformedSignatureError,
} from './delivery-signature.ts';
import { type SignatureForm, type SignedComponent, signatureBase } from './signature-base.ts';

/*
 * A signature covers what Upvest sent; what arrives has passed an edge, which may have changed how the same request is
 * written: the host it calls us by, a part of the path, spaces between the members of a header. So there is more than one
 * text that Upvest may have signed, and each of them means the same delivery to this webhook. They differ only in the
 * address (as it came, or by PUBLIC_URL), in the default port, and in spaces behind commas. Nothing that a header like
 * X-Forwarded-Host says is taken.
 */

/** A text that may have been signed. */
export interface Reading {
  readonly text: string;
  readonly form: SignatureForm;
}

/**
 * A bound on the work that one delivery causes: a check on P-521 takes over a millisecond. It is above what one component of
 * the address makes: seven spellings with two paths, three separators, two texts of the parameters and two forms are 168.
 */
export const MAX_READINGS = 192;

/** Where a request was sent, as its sender may have written it. */
interface Target {
  readonly scheme: string;
  /** The `host` header. */
  readonly host: string;
  /** The same in its canonical form. */
  readonly authority: string;
  readonly path: string;
}

/** How the members of a list in a header are written. */
type Separator = 'as-it-came' | ', ' | ',';

/**
 * The texts that may have been signed, the likeliest first; undefined for `content-length` where that is covered, not sent
 * and the body has not been read. Throws a MalformedSignatureError where a component is not there.
 */
export function readingsOf(
  head: DeliveryHead,
  { components, parameters }: DeliverySignature,
  bodyBytes: number | undefined,
): readonly Reading[] | undefined {
  if (bodyBytes === undefined && needsLength(head, components)) return undefined;
  const targets = components.some(isOfTarget) ? targetsOf(head) : targetsOf(head).slice(0, 1);
  const separators: readonly Separator[] = hasLists(head, components) ? ['as-it-came', ', ', ','] : ['as-it-came'];
  const lists = separators.flatMap((separator) =>
    targets.map((target) =>
      components.map((name): SignedComponent => [name, componentValue(head, name, { target, separator, bodyBytes })]),
    ),
  );
  const readings = new Map<string, Reading>();
  // The form and the parameters innermost: the bound must not keep out one of them as a whole.
  for (const signed of lists) {
    for (const each of parameters) {
      for (const form of ['v6', 'v15'] as const) {
        const text = signatureBase(signed, each, form);
        if (!readings.has(text)) readings.set(text, { text, form });
      }
    }
  }
  return [...readings.values()].slice(0, MAX_READINGS);
}

/** A proxy made the body chunked: the length is gone, the bytes are the same. */
const needsLength = (head: DeliveryHead, components: readonly string[]): boolean =>
  components.includes('content-length') && headerText(head, 'content-length') === undefined;

const isOfTarget = (name: string): boolean =>
  ['@path', '@authority', '@scheme', '@target-uri', '@request-target', 'host'].includes(name.toLowerCase());

/** Dates have a comma that separates nothing, but other spaces never differ in them. */
const hasLists = (head: DeliveryHead, components: readonly string[]): boolean =>
  components.some((name) => !name.startsWith('@') && headerText(head, name.toLowerCase())?.includes(','));

interface Variant {
  readonly target: Target;
  readonly separator: Separator;
  readonly bodyBytes: number | undefined;
}

function componentValue(head: DeliveryHead, name: string, { target, separator, bodyBytes }: Variant): string {
  switch (name) {
    case '@method':
      return head.method.toUpperCase();
    case '@path':
      return target.path;
    case '@query':
      return head.query === '' ? '?' : head.query;
    case '@authority':
      return target.authority;
    case '@scheme':
      return target.scheme;
    case '@target-uri':
      return `${target.scheme}://${target.authority}${target.path}${head.query}`;
    case '@request-target':
      return target.path + head.query;
    case 'host':
      return target.host;
  }
  const value = name.startsWith('@') ? undefined : headerText(head, name.toLowerCase());
  if (value !== undefined) return separator === 'as-it-came' ? value : value.replaceAll(/\s*,\s*/g, separator);
  if (name === 'content-length' && bodyBytes !== undefined) return String(bodyBytes);
  throw new MalformedSignatureError('a signed component is missing or of an unknown kind');
}

/** Each host with each path: as it came, and as it is known outside. */
function targetsOf(head: DeliveryHead): readonly Target[] {
  const urls = (head.publicUrls ?? []).map((url) => new URL(url));
  const came = headerText(head, 'host') ?? '';
  const hosts = [
    // Behind a proxy that terminates TLS, the request does not show the scheme.
    ...spellings(came, 'https'),
    ...urls.flatMap(({ host, protocol }) => spellings(host, protocol === 'http:' ? 'http' : 'https')),
    ...spellings(came, 'http'),
  ];
  const paths = [...new Set([head.path, ...urls.map(({ pathname }) => pathname)])];
  return hosts.flatMap((host) => paths.map((path) => ({ ...host, path })));
}

/** One host with and without the default port of its scheme, in any case. */
function spellings(host: string, scheme: 'http' | 'https'): readonly Omit<Target, 'path'>[] {
  const lower = host.toLowerCase();
  const port = scheme === 'https' ? ':443' : ':80';
  const bare = lower.replace(/:(443|80)$/, '');
  const hasPort = /:\d+$/.test(bare);
  const hosts = [...new Set([host, lower, bare, ...(hasPort ? [] : [bare + port])])];
  return hosts.flatMap((each) =>
    [...new Set([bare, each.toLowerCase()])].map((authority) => ({ scheme, host: each, authority })),
  );
}
