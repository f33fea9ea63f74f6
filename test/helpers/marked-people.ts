import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import type { TestIssuer } from './issuer.ts';

/*
 * People whose portfolios carry marks: whatever text a caller gets, the marks in it say whose it is.
 */

export const PEOPLE = [0, 1, 2].map((index) => seedUser({ key: `person-${index}`, firstName: `PERSON-${index}-` }));
export const person = (index: number) => {
  const found = PEOPLE[index];
  if (found === undefined) throw new Error('no such person');
  return found;
};
/** The owners of each portfolio. */
export const OWNERS = [[0], [0], [1], [1], [2], [0, 1]] as const;
export const PORTFOLIOS = OWNERS.map(([owner, ...others], index) =>
  seedPortfolio({
    key: `shared-${index}`,
    owner: person(owner),
    coOwners: others.map(person),
    manager: 'USER_MANAGED',
    name: `PORTFOLIO-${index}-`,
    transactions: [{ externalId: `TRANSACTION-${index}-`, movements: [seedMovement()] }],
    brokerCash: `70000${index}.25`,
    holdings: { $EUR: `60000${index}.5` },
  }),
);
export const marksOf = (index: number): readonly string[] => [
  `PORTFOLIO-${index}-`,
  `TRANSACTION-${index}-`,
  `70000${index}.25`,
  `60000${index}.5`,
];

export interface CallerKind {
  readonly who: string;
  readonly claims: Parameters<TestIssuer['token']>[0];
  readonly portfolios: readonly number[];
  readonly people: readonly number[];
}
export const ALL = OWNERS.map((_owners, index) => index);
const ownedBy = (index: number): readonly number[] =>
  ALL.filter((each) => OWNERS[each]?.some((owner) => owner === index));
export const CALLERS: readonly CallerKind[] = [
  ...PEOPLE.map((user, index) => ({
    who: `person ${index}`,
    claims: { sub: user.id, scope: 'portfolios:read cash:withdraw' },
    portfolios: ownedBy(index),
    people: [index],
  })),
  { who: 'an operator', claims: { sub: 'ops', scope: 'operator' }, portfolios: ALL, people: [0, 1, 2] },
  { who: 'person 0 without the scope', claims: { sub: person(0).id }, portfolios: [], people: [] },
  {
    who: 'a stranger',
    claims: { sub: 'U01ARZ3NDEKTSV4RRFFQ69G5FAV', scope: 'portfolios:read' },
    portfolios: [],
    people: [],
  },
  { who: 'nobody in particular', claims: { sub: 'x', scope: 'portfolios:read' }, portfolios: [], people: [] },
];

const allMarks = ALL.flatMap((index) => marksOf(index).map((mark) => ({ mark, index })));

/** The marks in a text that this caller may not see. */
export function leaksIn(text: string, caller: CallerKind): readonly string[] {
  const people = [0, 1, 2].filter((index) => !caller.people.includes(index)).map((index) => `PERSON-${index}-`);
  const others = allMarks.filter(({ index }) => !caller.portfolios.includes(index)).map(({ mark }) => mark);
  return [...people, ...others].filter((mark) => text.includes(mark));
}
