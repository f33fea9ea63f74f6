/** Causes of refusals that the gateway recognises, with the words by which it does. The first that fits counts. */
const CAUSES = {
  INSUFFICIENT_CASH: /insufficient|not (?:be )?sufficient|not enough|exceeds? (?:the )?(?:available|balance)/,
  CURRENCY_NOT_SUPPORTED: /currenc/,
  REMITTANCE_INFORMATION_NOT_ACCEPTED: /remittance/,
  BANK_ACCOUNT_NOT_USABLE: /reference[ _-]?account|bank[ _-]?account|\biban\b/,
  ACCOUNT_NOT_ACTIVE: /not (?:yet )?active|inactive|blocked|locked|closed|suspended|deactivated/,
  INSTRUMENT_NOT_TRADABLE: /not trad(?:e)?able|not available for trading/,
  AMOUNT_NOT_ACCEPTED: /\bamount\b|minimum|maximum|limit/,
} as const;

/** Why an upstream refused, for customers and programs; `REFUSED` where the cause is not one of the known. */
export type ReasonCode = keyof typeof CAUSES | 'REFUSED';
export const REASON_CODES = [...Object.keys(CAUSES), 'REFUSED'];

/**
 * The code of a refusal. Upvest and InvestSuite document no codes for causes, so words are all there is: what an app shows may depend on
 * the code, what the gateway does never does.
 */
export function reasonCodeOf({
  code,
  message,
}: {
  readonly code: string | null;
  readonly message: string | null;
}): ReasonCode {
  const words = `${code ?? ''} ${message ?? ''}`.toLowerCase();
  for (const [cause, pattern] of Object.entries(CAUSES)) {
    if (pattern.test(words) && isCause(cause)) return cause;
  }
  return 'REFUSED';
}

const isCause = (name: string): name is keyof typeof CAUSES => Object.hasOwn(CAUSES, name);
