import { randomUUID } from 'node:crypto';
import { adminBody, adminText, asPlainValue, durationOf, ok, oneOfThese, plain, route } from '../server/admin.ts';
import { Refusal } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { systemClock, upvestTime } from '../values/clock.ts';
import { isObject } from '../values/json.ts';
import type { UpvestControls } from './controls.ts';
import { OUTCOME_NOUNS, OUTCOMES } from './outcomes.ts';

/** Controls of `invest-gateway sandbox`: docs/sandbox.md. */
export function sandboxRoutes(controls: UpvestControls): readonly Route[] {
  const { webhooks } = controls;
  return [
    route('GET', 'clock', () => ok({ now: controls.now().toISOString() })),
    route('POST', 'clock', (exchange) => ok(plain(controls.passTime(durationOf(adminBody(exchange)))))),
    route('POST', 'outcomes', (exchange) => {
      const body = adminBody(exchange);
      const { accountGroupId, times } = body;
      controls.force({
        of: oneOfThese(OUTCOME_NOUNS, body, 'of'),
        how: oneOfThese(OUTCOMES, body, 'how'),
        ...(typeof accountGroupId === 'string' ? { accountGroupId } : {}),
        ...(times === undefined ? {} : { times: Number(asPlainValue(times)) }),
      });
      return { status: 204 };
    }),
    route('DELETE', 'outcomes', () => {
      controls.forget();
      return { status: 204 };
    }),
    route('POST', 'plans', (exchange) => {
      const body = adminBody(exchange);
      const plan = {
        id: randomUUID(),
        account_id: adminText(body, 'accountId'),
        instrument_id: adminText(body, 'isin'),
        cash_amount: adminText(body, 'amount'),
      };
      return ok(controls.addPlan(plan));
    }),
    route('POST', 'events', (exchange) => {
      const body = adminBody(exchange);
      const { object } = body;
      if (!isObject(object)) throw new Refusal({ status: 400, body: { error: '"object" is missing' } });
      return ok(plain(webhooks.enqueue(adminText(body, 'type'), object)));
    }),
    route('POST', 'spoil', (exchange) => {
      const groupId = adminText(adminBody(exchange), 'accountGroupId');
      const at = upvestTime(systemClock());
      const times = { created_at: at, updated_at: at, booking_date: at, value_date: at };
      const row = { id: randomUUID(), ...times, type: 'CREDIT_FUNDING', account_group_id: groupId };
      const unreadable = { delta: { amount: 'n/a', currency: 'EUR' }, taxes: [], references: [] };
      controls.add({ cashTransactions: [{ ...row, ...unreadable }] });
      return { status: 204 };
    }),
    route('POST', 'resend', (exchange) => {
      const { type, last } = adminBody(exchange);
      const which = {
        type: typeof type === 'string' ? type : undefined,
        last: last === undefined ? 1 : Number(asPlainValue(last)),
      };
      return ok({ resent: webhooks.resend(which).length });
    }),
  ];
}
