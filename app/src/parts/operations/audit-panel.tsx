import { type ReactElement, useState } from 'react';
import { useQuery } from 'urql';
import { formatMinute } from '../../dates.ts';
import { AuditCheckDocument } from '../../generated/graphql.ts';
import { Chip, Panel, Trouble, Waiting } from '../bits.tsx';

/** Checks the audit when somebody asks: it reads all of it. */
export function AuditPanel(): ReactElement {
  const [isAsked, ask] = useState(false);
  const [{ data, error, fetching }, again] = useQuery({
    query: AuditCheckDocument,
    pause: !isAsked,
    requestPolicy: 'network-only',
  });
  const check = data?.auditCheck;
  return (
    <Panel id="audit" title="Audit">
      <Trouble error={error} />
      {fetching && <Waiting what="The check of the audit" lines={2} />}
      {check !== undefined && !fetching && (
        <div role="status">
          <p>
            <Chip tone={check.findings.length === 0 ? 'good' : 'bad'}>
              {check.findings.length === 0 ? 'As it was written' : `${check.findings.length} findings`}
            </Chip>{' '}
            Entries: {check.entries}, objects compared with them: {check.objects}
            {check.newestAt != null && `, newest of ${formatMinute(check.newestAt)}`}.
          </p>
          <ul className="trades">
            {check.findings.map((finding) => (
              <li key={finding}>{finding}</li>
            ))}
          </ul>
        </div>
      )}
      <p>
        <button type="button" onClick={() => (isAsked ? again({ requestPolicy: 'network-only' }) : ask(true))}>
          Check the audit
        </button>
      </p>
    </Panel>
  );
}
