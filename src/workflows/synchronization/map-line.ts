import type { BrokerLine, MappedLine } from '../../domain/synchronization/line.ts';
import { isTakenBackBy } from '../../domain/synchronization/reversal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { historyOf, type Reading, unansweredOfGroups, workflowOfSubject } from '../../store/index.ts';
import { virtualCashSubject, withdrawalSubject } from '../cash/broker-events.ts';
import { type Decision, enter, type ObserveStep, type StepContext } from '../engine/step.ts';
import { brokerLedger } from './broker-ledgers.ts';
import { lineOf } from './line.ts';
import type { SynchronizationPorts } from './ports.ts';

type LineDecision = Decision<'ledger-line'>;

export const problem = (row: WorkflowRow, reason: string): LineDecision => ({
  kind: 'advance',
  step: null,
  states: row.state === 'PROBLEM' && row.reason === reason ? [] : [enter('PROBLEM', reason)],
});

const ours = (reason: string): LineDecision => ({ kind: 'advance', step: null, states: [enter('OURS', reason)] });

/** A sweep looks at it again once it is on. */
export const OFF = 'PORTFOLIO_SYNC was turned off before the line was booked.';

/** Looks for the line that a cancellation takes back; lists may lag behind events. */
const MAX_LOOKS = 3;

/** Decides what becomes of a line: a transaction, nothing, or a problem. */
export const mapLineStep = (ports: SynchronizationPorts): ObserveStep<'ledger-line'> => ({
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    if (!ports.isOn) return problem(row, OFF);
    const line = lineOf(row);
    const mapped = ports.map(line);
    switch (mapped.kind) {
      case 'order':
        return ours('The transaction of the order has it.');
      case 'nothing':
        return ours('The line moves nothing.');
      case 'problem':
        return problem(row, mapped.reason);
      case 'transaction':
        return await decide(ports, context, line, mapped);
      default:
        return mapped satisfies never;
    }
  },
});

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
  if (reverses !== undefined && !(await hasTakenBack(ports, line, reverses))) {
    if (context.row.attempts < MAX_LOOKS) return { kind: 'wait', for: 'broker-event' };
    return problem(context.row, "The line that this one cancels is not in the broker's ledger.");
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
  const history = (await read((reading) => historyOf(reading, [request.id]))).get(request.id) ?? [];
  const wasBooked = request.kind === 'withdrawal' && history.some(({ state }) => state === 'COMPLETED');
  return wasBooked
    ? { kind: 'advance', step: 'record' }
    : ours(`It takes back the line of ${request.id}, of which InvestSuite was not told.`);
}

async function hasTakenBack(ports: SynchronizationPorts, line: BrokerLine, reverses: string): Promise<boolean> {
  const { lines } = await brokerLedger(ports, line.ledger, line.accountGroupId);
  return lines.some((each) => isTakenBackBy(each, line, reverses));
}
