import { checkSearchableId } from '../../domain/input-rules.ts';
import { isSecurityLeg } from '../../domain/movement-types.ts';
import { type BrokerLine, isReadable, type MappedLine } from '../../domain/synchronization/line.ts';
import { cancelledType } from '../../domain/synchronization/map.ts';
import { type Reversal, reversalIn } from '../../domain/synchronization/reversal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { historyOf, type Reading, unansweredOfGroups, workflowOfSubject } from '../../store/index.ts';
import { virtualCashSubject, withdrawalSubject } from '../cash/broker-events.ts';
import type { ObserveStep, StepContext } from '../engine/step.ts';
import { transactionIdOfOrder } from '../order/followed.ts';
import { progressOf } from '../withdrawal/progress.ts';
import { brokerLedger } from './broker-ledgers.ts';
import { lineOf } from './line.ts';
import { booked, find, type LineDecision, OFF, ours, problem } from './line-ends.ts';
import type { SynchronizationPorts } from './ports.ts';

/** Looks for the line that a cancellation takes back; lists may lag behind events. */
const MAX_LOOKS = 3;

/** Decides what becomes of a line: a transaction, nothing, or a problem. */
export const mapLineStep = (ports: SynchronizationPorts): ObserveStep<'ledger-line'> => ({
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    if (!ports.isOn) return problem(row, OFF);
    const decision = await decisionOn(ports, context);
    if (decision.kind !== 'advance' || decision.step !== null || row.state !== 'PROBLEM') return decision;
    // Somebody may have recorded it under its id meanwhile.
    return (await recordedByHand(ports, row)) ?? decision;
  },
});

async function decisionOn(ports: SynchronizationPorts, context: StepContext): Promise<LineDecision> {
  const { row } = context;
  const line = lineOf(row);
  if (!isReadable(line)) return problem(row, `The line can't be read (${line.unreadable}).`);
  const mapped = ports.map(line);
  switch (mapped.kind) {
    case 'order':
      return await ofExecution(ports, context, line);
    case 'nothing':
      return ours('The line moves nothing.');
    case 'problem':
      return problem(row, mapped.reason);
    case 'transaction':
      return await decide(ports, context, line, mapped);
    default:
      return mapped satisfies never;
  }
}

const HAS_IT = 'The transaction of the order has it.';

/**
 * A fill is in its order's transaction, and a fill that is taken back becomes CANCELLED there, unless it had settled:
 * InvestSuite documents no step that takes a settled movement back.
 */
async function ofExecution(
  { investSuite }: SynchronizationPorts,
  { row, read }: StepContext,
  { type, references }: BrokerLine,
): Promise<LineDecision> {
  if (cancelledType(type) === undefined) return ours(HAS_IT);
  const idOf = (of: string): string | undefined => references.find((reference) => reference.type === of)?.id;
  const [orderId, execution] = [idOf('ORDER'), idOf('ORDER_EXECUTION')];
  const transactionId = orderId === undefined ? null : await read((reading) => transactionIdOfOrder(reading, orderId));
  if (transactionId === null) return ours(HAS_IT);
  const transaction = await investSuite.transactionFresh(row.portfolio_id, transactionId);
  // An order that was recorded as settled by hand has one movement of units without an id for all of its fills.
  const isSettled = transaction?.movements.some(
    (movement) =>
      movement.status === 'SETTLED' &&
      isSecurityLeg(movement) &&
      (movement.externalId === null || movement.externalId === execution),
  );
  return isSettled === true ? problem(row, SETTLED) : ours(HAS_IT);
}

const SETTLED =
  "A settled fill was taken back (a mistrade), which a transaction of InvestSuite that is SETTLED can't show; the holdings follow.";

async function decide(
  ports: SynchronizationPorts,
  context: StepContext,
  line: BrokerLine,
  { payment, reverses }: Extract<MappedLine, { readonly kind: 'transaction' }>,
): Promise<LineDecision> {
  if (payment === true) {
    const request = await context.read((reading) => madeBy(reading, line));
    if (request === 'not-known') return { kind: 'wait', for: 'broker-event' };
    if (request !== undefined) return await ofRequest(context, request, reverses !== undefined);
  }
  const reversal = reverses === undefined ? 'fits' : await reversalOf(ports, line, reverses);
  if (reversal !== 'fits') {
    if (context.row.attempts < MAX_LOOKS) return { kind: 'wait', for: 'broker-event' };
    return problem(context.row, NO_REVERSAL[reversal]);
  }
  return { kind: 'advance', step: 'record' };
}

/** The gateway's own request that a payment was made for. `not-known`: one may have made it whose answer was lost. */
export async function madeBy(reading: Reading, line: BrokerLine): Promise<WorkflowRow | 'not-known' | undefined> {
  for (const { type, id } of line.references) {
    const subjects = subjectsOf(type, id);
    for (const subject of subjects) {
      const request = await workflowOfSubject(reading, subject);
      if (request !== undefined) return request;
    }
  }
  const unanswered = await unansweredOfGroups(reading, [line.accountGroupId]);
  return unanswered.length > 0 ? 'not-known' : undefined;
}

function subjectsOf(type: string, id: string): readonly string[] {
  const name = (given: string): string | undefined => {
    if (type === 'WITHDRAWAL') return withdrawalSubject(given);
    if (type === 'VIRTUAL_CASH_INCREASE') return virtualCashSubject('INCREASE', given);
    return type === 'VIRTUAL_CASH_DECREASE' ? virtualCashSubject('DECREASE', given) : undefined;
  };
  return [...new Set([id, id.toLowerCase(), id.toUpperCase()])].flatMap((each) => name(each) ?? []);
}

/**
 * The request books its own line. What takes it back is booked only where InvestSuite was told of it: a withdrawal that the bank
 * has sent back afterwards.
 */
async function ofRequest({ read }: StepContext, request: WorkflowRow, isReversal: boolean): Promise<LineDecision> {
  if (!isReversal) return ours(`It is the line of ${request.id}.`);
  if (request.step !== null && request.step !== 'last-look') return { kind: 'wait', for: 'broker-event' };
  return (await wasBooked(read, request))
    ? { kind: 'advance', step: 'record' }
    : ours(`It takes back the line of ${request.id}, of which InvestSuite was not told.`);
}

/** Also before it was COMPLETED: the gateway may have booked it, and not sent the withdraw event yet. */
async function wasBooked(read: StepContext['read'], request: WorkflowRow): Promise<boolean> {
  if (request.kind !== 'withdrawal') return false;
  if (progressOf(request).told === true) return true;
  const history = (await read((reading) => historyOf(reading, [request.id]))).get(request.id) ?? [];
  return history.some(({ state }) => state === 'COMPLETED');
}

const NO_REVERSAL = {
  absent: "The line that this one cancels is not in the broker's ledger.",
  repeated: 'The line that this one cancels was cancelled before.',
} as const;

async function reversalOf(ports: SynchronizationPorts, line: BrokerLine, reverses: string): Promise<Reversal> {
  const { lines } = await brokerLedger(ports, line.ledger, line.accountGroupId);
  return reversalIn(lines, line, reverses);
}

async function recordedByHand(ports: SynchronizationPorts, row: WorkflowRow): Promise<LineDecision | undefined> {
  if (checkSearchableId('id', lineOf(row).id) !== undefined) return undefined;
  const [made] = (await find(ports, row)) ?? [];
  return made && booked(made);
}
