export {
  type Attempt,
  type AttemptOptions,
  AttemptPendingError,
  abandon,
  attempt,
  type Outcome,
  type Refusal,
  type ResumeOptions,
  resume,
  type Send,
  type SucceededMember,
  unanswered,
} from './attempt.ts';
export {
  type Answer,
  type AnswerError,
  type Connection,
  GraphqlRequestError,
  request,
  type SendOperation,
  type TokenQuestion,
  type TypedDocument,
  UnreadableAnswerError,
} from './connection.ts';
export {
  add,
  compare,
  isNegative,
  isZero,
  multiply,
  negate,
  type Rounding,
  round,
  share,
  subtract,
  sum,
} from './decimal.ts';
export { type Followed, type FollowOptions, type FollowState, follow, NOTIFICATIONS_END } from './follow.ts';
export { type FormatOptions, formatMoney, formatNumber, formatPercent, parseAmount } from './format.ts';
export { type KeyValueStorage, memoryStorage } from './storage.ts';
