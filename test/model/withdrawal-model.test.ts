import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WITHDRAWAL_STATES, WITHDRAWAL_TRANSITIONS, type WithdrawalState } from '../../src/domain/withdrawal.ts';
import { WORKFLOW_KINDS } from '../../src/domain/workflow-kinds.ts';

const MODEL = readFileSync('test/model/withdrawal.als', 'utf8');

/** Names of `one sig A, B extends what {}`. */
const namesOf = (what: string): string[] =>
  (new RegExp(`one sig ([\\w,\\s]+?)\\s+extends ${what} \\{`).exec(MODEL)?.[1] ?? '').split(/,\s*/);

/** A table `fun name : … { A -> (B + C) + … }`, its rows and their entries sorted. */
function tableOf(name: string): Record<string, string[]> {
  const body = new RegExp(`fun ${name} :[^{]*\\{([^}]*)\\}`).exec(MODEL)?.[1] ?? '';
  const rows = [...body.matchAll(/(\w+) -> \(([^)]*)\)/g)];
  return Object.fromEntries(rows.map(([, from = '', to = '']) => [from, to.split(' + ').sort()]));
}

/** Steps that the model leaves out; withdrawal.als says so at its steps. */
const LEFT_OUT = ['book-transaction', 'book-holdings', 'restore', 'last-look'];
/** Where the code of a step stands. Booking, whose end the model has in `tell`, is in several files. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  reserve: ['reserve'],
  submit: ['submit'],
  watch: ['watch', 'follow', 'cancel-at-broker', 'taxes'],
  tell: ['tell', 'restore', 'decisions'],
  release: ['release'],
};

/** The states in calls of `enter` and `leave`, and in what is given to them, in the code of a step. */
function enteredBy(step: string): string[] {
  const code = (FILES[step] ?? [])
    .map((file) => readFileSync(`src/workflows/withdrawal/${file}.ts`, 'utf8'))
    .join('\n');
  const named = WITHDRAWAL_STATES.filter((state) =>
    new RegExp(`enter\\('${state}'|leave\\([^']*'${state}'|\\['${state}'|\\?\\? '${state}'`).test(code),
  );
  return [...named].sort();
}

describe('the model of the withdrawal', () => {
  it('has the states of the code', () => {
    expect(namesOf('State')).toEqual([...WITHDRAWAL_STATES]);
  });

  it('has the transitions of the code', () => {
    const ofCode = Object.entries(WITHDRAWAL_TRANSITIONS)
      .filter(([, to]) => to.length > 0)
      .map(([from, to]) => [from, [...to].sort()]);
    expect(tableOf('transitions')).toEqual(Object.fromEntries(ofCode));
  });

  it('has the steps of the code, or says that it leaves them out', () => {
    expect([...namesOf('Step'), ...LEFT_OUT].sort()).toEqual([...WORKFLOW_KINDS.withdrawal.steps].sort());
    for (const step of LEFT_OUT) expect(MODEL).toMatch(new RegExp(`Left out: .*\\b${step}\\b`));
  });

  it('enters in each step the states that the code of the step enters', () => {
    const steps = namesOf('Step');
    expect(tableOf('enters')).toEqual(Object.fromEntries(steps.map((step) => [step, enteredBy(step)])));
  });

  it('enters in each step only states that may follow some other', () => {
    const reached = new Set<WithdrawalState>(Object.values(WITHDRAWAL_TRANSITIONS).flat());
    for (const states of Object.values(tableOf('enters')))
      for (const state of states) expect([...reached]).toContain(state);
  });

  it('has a run without each of its guards, which must break it', () => {
    for (const guard of namesOf('Guard'))
      expect(MODEL).toMatch(new RegExp(`run Without\\w+ \\{ Broken = ${guard} and not `));
  });
});
