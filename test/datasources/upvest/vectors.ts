import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Signatures made elsewhere, with throwaway keys: by the published rules, with other code than ours. The docs' own
 * examples in it have no signature, only the text that is signed.
 */
const vectorFile = z.object({
  docs: z.object({
    digest_vectors: z.array(z.object({ body: z.string(), content_length: z.number(), 'content-digest': z.string() })),
    example_strings: z.array(z.object({ version: z.number(), signature_input: z.string() }).loose()),
  }),
  keys: z.record(
    z.string(),
    z.object({
      keyid: z.string(),
      public_spki_pem: z.string(),
      private_pkcs8_pem: z.string(),
      private_legacy_encrypted_pem: z.string().optional(),
      private_legacy_passphrase: z.string().optional(),
      verify_keys_response_example: z.unknown().optional(),
    }),
  ),
  vectors: z.array(
    z.object({
      name: z.string(),
      version: z.number(),
      key: z.string(),
      request: z.object({
        method: z.string(),
        path: z.string(),
        query: z.string().nullable(),
        headers: z.record(z.string(), z.string()),
        body: z.string().nullable(),
      }),
      signature_params: z.string(),
      signature_base: z.string(),
      output_headers: z.record(z.string(), z.string()),
    }),
  ),
});

const path = new URL('../../fixtures/upvest-signature-vectors.throwaway-keys.json', import.meta.url);
export const vectors = vectorFile.parse(JSON.parse(readFileSync(path, 'utf8')));
export type Vector = (typeof vectors.vectors)[number];

export function vectorKey(name: string): (typeof vectors.keys)[string] {
  const key = vectors.keys[name];
  if (key === undefined) throw new Error(`no key ${name}`);
  return key;
}

export const webhookVector = (): Vector => {
  const found = vectors.vectors.find((vector) => vector.version === 6);
  if (found === undefined) throw new Error('no v6 vector');
  return found;
};
