import { type ReactElement, useEffect } from 'react';
import { useQuery } from 'urql';
import { CallerDocument } from '../generated/graphql.ts';
import { Trouble, Waiting } from '../parts/bits.tsx';
import { AuditPanel } from '../parts/operations/audit-panel.tsx';
import { HealthPanel } from '../parts/operations/health-panel.tsx';
import { LifePanel } from '../parts/operations/life-panel.tsx';
import { ParkedPanel } from '../parts/operations/parked-panel.tsx';
import { ReviewsPanel } from '../parts/operations/reviews-panel.tsx';

/** Panels for operators and their decisions. The gateway checks the permission of each act; this page only hides what it would refuse. */
export function OperationsPage({ id }: { readonly id: string | undefined }): ReactElement {
  const [{ data, error, fetching }] = useQuery({ query: CallerDocument });
  useEffect(() => {
    document.title = 'Operations · invest-gateway';
  }, []);
  const isOperator = data?.viewer.scopes.includes('operator');
  return (
    <>
      <div className="page-head">
        <h1>Operations</h1>
        <p className="lead">What waits for a person, and how the gateway stands with both systems.</p>
      </div>
      <Trouble error={error} />
      {isOperator === undefined && fetching && <Waiting what="Operations" lines={6} />}
      {isOperator === false && <p className="empty">This page is for operators.</p>}
      {isOperator === true && (
        <>
          <ReviewsPanel />
          <LifePanel key={id ?? ''} id={id} />
          <ParkedPanel />
          <HealthPanel />
          <AuditPanel />
        </>
      )}
    </>
  );
}
