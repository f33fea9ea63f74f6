import { type ReactElement, useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { CallerDocument } from './generated/graphql.ts';
import { OperationsPage } from './pages/operations.tsx';
import { PortfolioPage } from './pages/portfolio.tsx';
import { PortfoliosPage } from './pages/portfolios.tsx';
import { Activity } from './parts/activity.tsx';
import { Connection } from './parts/connection.tsx';
import { TokenPanel } from './parts/token-panel.tsx';
import { OPERATIONS, PORTFOLIOS, useRoute } from './route.ts';

/** Moves the focus to a part of this page. (Not by a link: the address has the route behind its #.) */
function jumpTo(id: string): void {
  const target = document.getElementById(id);
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: 'start' });
}

export function App(): ReactElement {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const isOperator = useIsOperator();
  const address = route.page === 'portfolio' ? route.id : route.page;
  const shown = useRef(address);
  // Moves the focus to the new page for screen readers and keyboards; not at the first load.
  useEffect(() => {
    if (shown.current === address) return;
    shown.current = address;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [address]);
  return (
    <>
      <button type="button" className="skip" onClick={() => jumpTo('main')}>
        Skip to content
      </button>
      <header className="bar">
        <div className="bar-inner">
          <a className="mark" href={PORTFOLIOS}>
            <Mark />
            <span>invest-gateway</span>
          </a>
          <nav aria-label="Main">
            <a href={PORTFOLIOS} aria-current={route.page === 'portfolios' ? 'page' : undefined}>
              Portfolios
            </a>
            {isOperator && (
              <a href={OPERATIONS} aria-current={route.page === 'operations' ? 'page' : undefined}>
                Operations
              </a>
            )}
            <button type="button" className="to-activity" onClick={() => jumpTo('activity')}>
              Activity
            </button>
            <a className="to-graphiql" href="/graphql">
              GraphiQL
            </a>
          </nav>
          <Connection />
        </div>
      </header>
      <TokenPanel />
      <div className="columns">
        <main id="main" ref={main} tabIndex={-1}>
          {route.page === 'portfolio' && <PortfolioPage key={route.id} id={route.id} />}
          {route.page === 'portfolios' && <PortfoliosPage />}
          {route.page === 'operations' && <OperationsPage id={route.id} />}
        </main>
        <Activity />
      </div>
    </>
  );
}

function useIsOperator(): boolean {
  const [{ data }] = useQuery({ query: CallerDocument, requestPolicy: 'cache-first' });
  return data?.viewer.scopes.includes('operator') === true;
}

const Mark = (): ReactElement => (
  <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
    <rect width="32" height="32" rx="8" className="mark-ground" />
    <path d="M7 21h8l3-10h7" className="mark-line" />
    <circle cx="25" cy="21" r="2.5" className="mark-dot" />
  </svg>
);
