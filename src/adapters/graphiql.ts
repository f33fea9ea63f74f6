import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { GraphiQLOptions } from 'graphql-yoga';

/** The page as scripts/build.mjs keeps it: whole, compressed (2 MB of 9), with `OPTIONS` where GraphiQL reads its options. */
const PAGE = new URL('../../dist/graphiql.html.br', import.meta.url);
const OPTIONS = '{"title":"invest-gateway"}';

const tab = (query: string, variables = ''): { query: string; variables: string } => ({
  query: query.trim(),
  variables,
});

const variables = (input: object): string => JSON.stringify({ input }, null, 2);

/** The tabs that GraphiQL opens with: a first query, and one for each main job. */
const TABS = [
  tab(`
# Both systems in one query: InvestSuite's
# portfolios with holdings and transactions,
# next to the broker's cash and positions.
# Press the play button, or Ctrl+Enter.
query Portfolios {
  portfolios(first: 3) {
    edges {
      node {
        id
        name
        manager
        holdings {
          instrumentId
          quantity
        }
        transactions(first: 2) {
          edges {
            node {
              type
              status
              movements {
                type
                status
                instrumentId
                quantity
                unitPrice
              }
            }
          }
        }
        cashBalance {
          currency
          balance
          availableForWithdrawal
        }
        positions {
          isin
          quantity
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`),
  tab(`
# Where the two systems differ, and by how much.
query Differences {
  portfolios(first: 10) {
    edges {
      node {
        id
        name
        reconciliation {
          inSync
          differences {
            instrumentId
            investsuite
            upvest
            difference
          }
        }
      }
    }
  }
}
`),
  tab(`
# Who am I, and what may I see?
query Me {
  viewer {
    id
    user {
      firstName
      lastName
    }
    portfolios(first: 5) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
}
`),
  tab(
    `
# Money on its way in: to the broker first, then to
# InvestSuite. Put the id of a portfolio below.
# Sent again with the same key, nothing happens twice.
mutation Deposit($input: RegisterDepositInput!) {
  registerDeposit(input: $input) {
    __typename
    ... on RegisterDepositSuccess {
      replayed
      deposit {
        id
        state
      }
    }
    ... on Error {
      code
      message
      retryable
    }
  }
}
`,
    variables({ portfolioId: 'P…', amount: '250.00', currency: 'EUR', idempotencyKey: 'my-first-deposit' }),
  ),
  tab(
    `
# Money on its way out. Ask again by the key to see
# how far it is, also after a lost answer.
mutation Withdrawal($input: RequestWithdrawalInput!) {
  requestWithdrawal(input: $input) {
    __typename
    ... on RequestWithdrawalSuccess {
      replayed
      withdrawal {
        id
        state
        history {
          state
          at
          reason
        }
      }
    }
    ... on Error {
      code
      message
      retryable
    }
  }
}
`,
    variables({ portfolioId: 'P…', amount: '50.00', currency: 'EUR', idempotencyKey: 'my-first-withdrawal' }),
  ),
  tab(`
# What happens, as it happens. Press the play button,
# leave it on, and make a deposit in a second window.
# To go on where you were: notifications(after: "…")
# with the id of the last one that you saw.
subscription Live {
  notifications {
    id
    source
    type
    occurredAt
    portfolioId
    ... on DepositNotification {
      deposit {
        id
        state
        amount
      }
    }
    ... on WithdrawalNotification {
      withdrawal {
        id
        state
        amount
      }
    }
    ... on CashBalanceNotification {
      cashBalance {
        currency
        balance
      }
    }
    ... on OtherNotification {
      payload
    }
  }
}
`),
];

/** Everything comes from this server: the page makes no request to anywhere else. */
function graphiqlOptions(endpoint: string): GraphiQLOptions {
  const [first] = TABS;
  return {
    title: 'invest-gateway',
    endpoint,
    // Headers go with SSE as they do with queries; a browser's WebSocket can't carry them.
    subscriptionsProtocol: 'SSE',
    defaultTabs: [...TABS],
    defaultQuery: first?.query ?? '',
    shouldPersistHeaders: false,
  };
}

/** The page, with its 9 MB of script; loaded only when somebody opens it, then kept. */
export class GraphiqlPage {
  readonly #endpoint: string;
  #made: Promise<{ readonly html: Uint8Array<ArrayBuffer>; readonly policy: string }> | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async respond(): Promise<Response> {
    this.#made ??= this.#make();
    const { html, policy } = await this.#made;
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        // The script is asked for again when it has changed, and never shown in place of an answer.
        'cache-control': 'no-cache',
        vary: 'Accept',
      },
    });
  }

  async #make() {
    const page = String(await promisify(brotliDecompress)(await readFile(PAGE)));
    const html = page.replace(OPTIONS, () => JSON.stringify(graphiqlOptions(this.#endpoint)));
    return { html: new TextEncoder().encode(html), policy: policyFor(html) };
  }
}

/**
 * What the page may do: run its own scripts, known by their hashes, and talk to this server. The editor styles itself
 * and has its workers as blobs.
 */
function policyFor(html: string): string {
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script);
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    'worker-src blob:',
    "connect-src 'self'",
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
