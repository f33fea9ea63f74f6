import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { App } from './app.tsx';
import { client } from './client.ts';
import { followNotifications } from './live/notifications.ts';
import './styles/base.css';
import './styles/frame.css';
import './styles/portfolios.css';
import './styles/worth.css';
import './styles/holdings.css';
import './styles/withdrawals.css';
import './styles/orders.css';
import './styles/transactions.css';
import './styles/activity.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
);
void followNotifications();
