import { type ProfileValues, parseProfileValues } from './datasources/upstream/tenant-profile.ts';
import { CAPABILITIES, type Capability, isCapability } from './datasources/upvest/capabilities.ts';
import { parseTrustedDocuments } from './operations/trusted-documents.ts';
import { type Kind, list } from './setting-kinds.ts';
import { AuditKeyError, checkAuditKey } from './store/audit-key.ts';

/** UPVEST_CAPABILITIES: names of capabilities, or none. */
export const capabilities: Kind<readonly Capability[]> = (given, problem) => {
  const names = list(`none, or some of ${CAPABILITIES.join(', ')}`, isCapability);
  return given === 'none' ? [] : names(given, problem)?.filter(isCapability);
};

/** TENANT_PROFILE: JSON of the fields in docs/upstreams.md. */
export const profile: Kind<ProfileValues> = (given, problem) => {
  const values = parseProfileValues(given);
  if (!('wrong' in values)) return values;
  problem(`must be JSON of the fields in docs/upstreams.md: ${values.wrong}`);
  return undefined;
};

/** AUDIT_KEY_FILE: why the key can't sign; undefined where it can. */
export function auditKeyProblem(pem: string): string | undefined {
  try {
    checkAuditKey(pem);
    return undefined;
  } catch (error) {
    if (!(error instanceof AuditKeyError)) throw error;
    return `names a key that can't be used: ${error.message}`;
  }
}

/** TRUSTED_DOCUMENTS: why the file can't be used; undefined where it can. */
export function trustedDocumentsProblem(json: string): string | undefined {
  try {
    parseTrustedDocuments(json);
    return undefined;
  } catch {
    // The parser's message quotes the file.
    return 'must name a JSON file with an object of hash: document';
  }
}
