import type { SeededPortfolio } from '../../src/standins/index.ts';

/** A client that never gives up: what it asks is asked again until it is answered. */
export class MoneyClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Asks until there is an answer. */
  async ask(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    for (const deadline = Date.now() + 300_000; ; ) {
      try {
        const response = await fetch(`${this.#url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        });
        // The shape is what the query asks for.
        const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
        if (data) return data;
        throw new Error(JSON.stringify(errors));
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
  }

  /** Asks for money to be moved until it is taken on; answers its id. */
  async move(
    mutation: 'registerDeposit' | 'requestWithdrawal',
    portfolio: SeededPortfolio,
    amount: string,
  ): Promise<string> {
    const type = mutation === 'registerDeposit' ? 'RegisterDeposit' : 'RequestWithdrawal';
    const noun = mutation === 'registerDeposit' ? 'deposit' : 'withdrawal';
    const query = `mutation ($input: ${type}Input!) { result: ${mutation}(input: $input) {
      __typename ... on ${type}Success { object: ${noun} { id } } ... on Error { code message } } }`;
    const input = {
      portfolioId: portfolio.portfolioId,
      amount,
      currency: 'EUR',
      idempotencyKey: `${mutation}-${amount}`,
    };
    for (;;) {
      const { result } = (await this.ask(query, { input })) as { result: { object?: { id: string }; code?: string } };
      if (result.object) return result.object.id;
      if (result.code !== 'REBALANCING_IN_PROGRESS') throw new Error(JSON.stringify(result));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** The state of a deposit or withdrawal, once it is an end. */
  async end(id: string): Promise<string> {
    const query =
      'query ($id: ID!) { node(id: $id) { ... on Deposit { depositState: state reason } ... on Withdrawal { withdrawalState: state reason } } }';
    for (const deadline = Date.now() + 500_000; ; ) {
      const { node } = (await this.ask(query, { id })) as {
        node: { depositState?: string; withdrawalState?: string } | null;
      };
      const state = node?.depositState ?? node?.withdrawalState ?? 'missing';
      if (['COMPLETED', 'FAILED', 'CANCELLED', 'RETURNED', 'NEEDS_REVIEW'].includes(state)) return state;
      if (Date.now() > deadline) return state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
