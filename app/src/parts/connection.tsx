import type { ReactElement } from 'react';
import { type ConnectionState, connectionState } from '../live/connection.ts';
import { useStore } from '../store.ts';

const WORDS: Readonly<Record<ConnectionState, readonly [short: string, long: string]>> = {
  connecting: ['Connecting', 'Connecting to the gateway'],
  live: ['Live', 'Changes are shown as they happen'],
  reconnecting: ['Reconnecting', 'The connection is lost; what is missed meanwhile will be shown'],
  offline: ['Offline', 'There is no network; what is missed meanwhile will be shown'],
  stopped: ['Not live', 'The gateway sends this caller no notifications; reload to see changes'],
  refused: ['Signed out', 'The gateway wants a token'],
};

export function Connection(): ReactElement {
  const state = useStore(connectionState);
  const [short, long] = WORDS[state];
  return (
    <p className="connection" data-state={state} role="status" title={long}>
      <span className="connection-dot" aria-hidden="true" />
      {short}
      <span className="unseen">: {long}</span>
    </p>
  );
}
