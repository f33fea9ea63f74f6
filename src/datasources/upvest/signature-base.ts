/**
 * Upvest's two forms of a signed text. v15 follows the RFC on HTTP message signatures and quotes the names of
 * components; v6, older and still used for webhooks, does not (names inside the parameters are quoted in both).
 */
export type SignatureForm = 'v6' | 'v15';

/** A component that is signed, with its value: `@method` POST, `content-type` application/json. */
export type SignedComponent = readonly [name: string, value: string];

/**
 * The text that is signed: one line per component, then the parameters as they stand in `signature-input` behind the
 * label. LF in between, nothing at the end.
 */
export function signatureBase(components: readonly SignedComponent[], parameters: string, form: SignatureForm): string {
  const line = ([name, value]: SignedComponent): string =>
    form === 'v15' ? `"${name}": ${value}` : `${name}: ${value}`;
  return [...components, ['@signature-params', parameters] as const].map(line).join('\n');
}
