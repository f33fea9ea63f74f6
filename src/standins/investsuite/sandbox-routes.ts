import { adminBody, adminText, durationOf, ok, oneOfThese, plain, route } from '../server/admin.ts';
import { Refusal } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { type Calendar, systemClock } from '../values/clock.ts';
import { isObject } from '../values/json.ts';
import { passTime } from './calendar.ts';
import { type InvestSuiteContext, publish } from './context.ts';
import type { InvestSuiteControls } from './controls.ts';
import { orderOf } from './optimizations.ts';
import { createUserTokens, TOKEN_AUDIENCE, TOKEN_ISSUER } from './tokens.ts';

/** Controls of `invest-gateway sandbox`: docs/sandbox.md. */
export function sandboxRoutes(
  context: InvestSuiteContext,
  controls: Pick<InvestSuiteControls, 'recommend'>,
  calendar: Calendar,
): readonly Route[] {
  const tokens = createUserTokens();
  return [
    route('POST', 'clock', (exchange) => ok(plain(passTime(context, calendar, durationOf(adminBody(exchange)))))),
    route('POST', 'portfolios/:id/recommendation', (exchange, { id = '' }) => {
      const body = adminBody(exchange);
      const isin = adminText(body, 'isin');
      const order = orderOf(isin, adminText(body, 'quantity'), context.clock());
      return ok({ id: controls.recommend(id, { orders: { [isin]: order } }) });
    }),
    route('POST', 'bus-events', (exchange) => {
      const body = adminBody(exchange);
      const { data } = body;
      if (!isObject(data)) throw new Refusal({ status: 400, body: { error: '"data" is missing' } });
      const texts = Object.entries(data).map(([name, value]) => [
        name,
        value === null || typeof value === 'boolean' ? value : adminText(data, name),
      ]);
      publish(context, {
        subject: oneOfThese(['portfolios', 'optimizations'], body, 'subject'),
        action: adminText(body, 'action'),
        data: Object.fromEntries(texts),
      });
      return { status: 204 };
    }),
    route('GET', 'jwks', () => ok(tokens.asJwks())),
    route('GET', 'issuer', () => ok({ issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE })),
    route('POST', 'tokens', (exchange) => {
      const body = adminBody(exchange);
      // Tokens are of real time, as the gateway is.
      const now = systemClock().getTime();
      return ok({ token: tokens.issue(adminText(body, 'user'), adminText(body, 'scope'), now) });
    }),
  ];
}
