import {
  type Account,
  type Answer,
  type Call,
  NOT_FOUND,
  objectIn,
  ok,
  type Payment,
  problem,
  type Tools,
  uuid,
  type Wire,
} from './simulated-account.ts';
import { SimulatedOrders } from './simulated-orders.ts';

const KEY = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-5][0-9a-f]{3}-?[089ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const AMOUNT = /^[0-9]{1,9}(\.[0-9]{2})?$/;

/** Upvest's payments, as docs/upstream-contract.md has them. What is refused is not done, and its key is free again. */
export class SimulatedUpvest {
  readonly #tools: Tools;
  readonly #keys = new Map<string, Answer>();
  readonly #owners = new Map<string, Account>();
  readonly #orders: SimulatedOrders;

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#orders = new SimulatedOrders(tools, (id, account) => this.#owners.set(id, account));
  }

  /** The account that an object belongs to. */
  ownerOf(id: string): Account | undefined {
    return this.#owners.get(id);
  }

  answer(call: Call, account: Account): Answer {
    const { method, path } = call;
    if (path.endsWith('/cash_balances')) return listOf([balanceOf(account)], call);
    if (path.endsWith('/reference_accounts')) {
      return listOf([{ id: uuid(1), user_id: uuid(2), iban: 'DE02100500000054540402' }], call);
    }
    if (path === '/transactions/cash') return listOf(account.ledger, call);
    if (path.endsWith(`/${account.group}/payments/withdrawals`)) return listOf([...account.withdrawals.values()], call);
    if (path.endsWith('/orders') && method === 'GET') return listOf(this.#orders.list(account, call), call);
    if (method === 'POST') return this.#create(call, account);
    const id = path.slice(path.lastIndexOf('/') + 1);
    if (path.startsWith('/orders/')) return this.#orders.answer(method, id, account);
    const withdrawal = account.withdrawals.get(id);
    if (method === 'GET') return withdrawal === undefined ? NOT_FOUND : ok(withdrawal);
    const decrease = path.startsWith('/virtual_cash_balances/decreases/') ? account.movements.get(id) : undefined;
    return method === 'DELETE' ? this.#cancel(withdrawal, decrease, account) : NOT_FOUND;
  }

  /** Every payment takes its next step. */
  move(account: Account): void {
    this.#orders.move(account);
    for (const withdrawal of account.withdrawals.values()) {
      if (withdrawal.status === 'NEW') this.#set('WITHDRAWAL', withdrawal, 'PROCESSING');
      else if (withdrawal.status === 'PROCESSING') this.#pay(account, withdrawal);
    }
    for (const movement of account.movements.values()) {
      const noun = `VIRTUAL_CASH_${movement.direction}`;
      const by = movement.direction === 'INCREASE' ? Number(movement.amount) : -Number(movement.amount);
      if (movement.status !== 'ISSUED' && movement.status !== 'QUEUED') continue;
      if (account.available + by < 0) {
        if (movement.status === 'ISSUED') this.#set(noun, movement, 'QUEUED');
        continue;
      }
      this.#set(noun, movement, 'CONFIRMED');
      this.#change(account, { balance: by, available: by });
      this.#book(account, noun, by, movement.id, noun);
    }
  }

  /** Money comes in. */
  arrive(account: Account, amount: string): void {
    this.#change(account, { balance: Number(amount), available: Number(amount) });
  }

  /** The broker ends a withdrawal; one that is CONFIRMED has been sent back by the bank. */
  end(account: Account, id: string): void {
    const withdrawal = account.withdrawals.get(id);
    if (withdrawal === undefined || withdrawal.status === 'CANCELLED') return;
    const returned = withdrawal.status === 'CONFIRMED';
    this.#give(account, withdrawal, returned ? 'CANCELLED_BY_BANK' : 'CANCELLED_BY_UPVEST');
    if (returned) this.#book(account, 'WITHDRAWAL_CANCELLATION', Number(withdrawal.amount), id, 'WITHDRAWAL');
  }

  #pay(account: Account, withdrawal: Payment): void {
    this.#set('WITHDRAWAL', withdrawal, 'CONFIRMED');
    this.#change(account, { balance: -Number(withdrawal.amount), available: 0 });
    this.#book(account, 'WITHDRAWAL', -Number(withdrawal.amount), withdrawal.id, 'WITHDRAWAL');
  }

  #give(account: Account, withdrawal: Payment, reason: string): void {
    const back = Number(withdrawal.amount);
    const balance = withdrawal.status === 'CONFIRMED' ? back : 0;
    Object.assign(withdrawal, { cancellation_reason: reason });
    this.#set('WITHDRAWAL', withdrawal, 'CANCELLED');
    this.#change(account, { balance, available: back });
  }

  #cancel(withdrawal: Payment | undefined, movement: Payment | undefined, account: Account): Answer {
    const object = withdrawal ?? movement;
    if (object === undefined) return NOT_FOUND;
    if (!['NEW', 'ISSUED', 'QUEUED'].includes(object.status)) return problem(422, 'unprocessable_entity');
    if (withdrawal !== undefined) this.#give(account, withdrawal, 'CANCELLED_BY_CLIENT');
    else this.#set('VIRTUAL_CASH_DECREASE', object, 'CANCELLED');
    return { status: 204 };
  }

  /** A request under its key: what succeeded is answered again as it was. */
  #create(call: Call, account: Account): Answer {
    const key = String(call.headers['idempotency-key'] ?? '');
    if (!KEY.test(key)) return problem(400, 'missing_idempotency_key');
    const slot = `${call.path} ${key.toLowerCase()}`;
    const known = this.#keys.get(slot);
    if (known !== undefined) return known;
    const answer = this.#make(call.path, objectIn(call.text), account);
    if (answer.status < 300) this.#keys.set(slot, structuredClone(answer));
    return answer;
  }

  #make(path: string, body: Wire, account: Account): Answer {
    if (path === '/orders') return this.#orders.place(body, account);
    const { amount } = body;
    if (typeof amount !== 'string' || !AMOUNT.test(amount) || Number(amount) === 0) return problem(400, 'bad_request');
    const at = this.#tools.time();
    const money = { account_group_id: account.group, amount, currency: body['currency'] ?? 'EUR' };
    const common = { id: uuid(this.#tools.number()), created_at: at, updated_at: at, ...money };
    if (path === '/payments/withdrawals') {
      if (account.available < Number(amount)) return problem(400, 'bad_request');
      const made = {
        ...common,
        reference_account_id: body['reference_account_id'],
        user_id: body['user_id'],
        status: 'NEW',
      };
      this.#keep(account, account.withdrawals, 'WITHDRAWAL', made);
      this.#change(account, { balance: 0, available: -Number(amount) });
      return ok(made);
    }
    const direction = { increases: 'INCREASE', decreases: 'DECREASE' } as const;
    const name = /\/virtual_cash_balances\/(increases|decreases)$/.exec(path)?.[1];
    if (name !== 'increases' && name !== 'decreases') return NOT_FOUND;
    const made = { ...common, direction: direction[name], status: 'ISSUED' };
    this.#keep(account, account.movements, `VIRTUAL_CASH_${made.direction}`, made);
    return ok(made, 202);
  }

  #keep<T extends Payment>(account: Account, objects: Map<string, T>, noun: string, made: T): void {
    objects.set(made.id, made);
    this.#owners.set(made.id, account);
    this.#tools.tell(`${noun}.${made.status}`, made);
  }

  #set(noun: string, object: Payment, status: string): void {
    Object.assign(object, { status, updated_at: this.#tools.time() });
    this.#tools.tell(`${noun}.${status}`, object);
  }

  #change(account: Account, by: { readonly balance: number; readonly available: number }): void {
    account.balance += by.balance;
    account.available += by.available;
    this.#tools.tell('CASH_BALANCE.UPDATED', balanceOf(account));
  }

  #book({ ledger, group }: Account, type: string, amount: number, of: string, reference: string): void {
    const delta = { amount: String(amount), currency: 'EUR' };
    const references = [{ id: of, type: reference }];
    const id = uuid(this.#tools.number());
    ledger.push({ id, type, account_group_id: group, delta, references, created_at: this.#tools.time() });
  }
}

const balanceOf = ({ group, balance, available }: Account) => ({
  account_group_id: group,
  currency: 'EUR',
  balance: String(balance),
  locked_for_trading: '0',
  pending_settlement: '0',
  available_for_withdrawal: String(available),
  available_for_trading: String(available),
});

function listOf(rows: readonly Wire[], { query }: Call): Answer {
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  if (!(offset >= 0) || !(limit >= 1 && limit <= 1_000)) return problem(400, 'bad_request');
  const data = rows.slice(offset, offset + limit);
  return ok({ meta: { offset, limit, count: data.length, total_count: rows.length }, data });
}
