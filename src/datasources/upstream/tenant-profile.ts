import { z } from 'zod';
import { type Runtime, systemRuntime } from '../../domain/runtime.ts';

/** Two forms of a call; the first is the documented one, which is tried where nothing is known. */
const choice = <const A extends string, const B extends string>(documented: A, other: B) => z.enum([documented, other]);
/** Names, separated by spaces; none where nothing is known. */
const names = () => z.string().regex(/^[\w.]*( [\w.]+)*$/);

/**
 * How this tenant's upstreams want to be called, where the vendors leave that open. See docs/upstreams.md for what each field
 * decides.
 */
const FIELDS = {
  'investsuite.portfolios.batch': choice('list', 'single'),
  'investsuite.users.batch': choice('list', 'single'),
  'investsuite.portfolios.embed': choice('owners', 'nothing'),
  'investsuite.portfolios.owner': choice('query', 'scan'),
  'investsuite.portfolios.coOwner': choice('query', 'scan'),
  'investsuite.portfolios.accountGroup': choice('query', 'scan'),
  'investsuite.portfolios.config': choice('part', 'whole'),
  'investsuite.transactions.item': choice('path', 'list'),
  'investsuite.transactions.externalId': choice('query', 'scan'),
  'investsuite.transactions.readOnly': names(),
  'investsuite.optimizations.name': choice('latest', 'current'),
  'investsuite.slash': names(),
  'upvest.cashBalances': choice('list', 'single'),
} as const;

const profileValues = z.strictObject(FIELDS).partial();
export type ProfileValues = z.infer<typeof profileValues>;

export type ProfileField = keyof typeof FIELDS;
export type ProfileValue<F extends ProfileField> = z.infer<(typeof FIELDS)[F]>;
/** Fields that are a choice between two forms of a call; the others are names. */
export type ChoiceField = {
  [F in ProfileField]: (typeof FIELDS)[F] extends z.ZodEnum ? F : never;
}[ProfileField];
export type NamesField = Exclude<ProfileField, ChoiceField>;

export interface ProfileEntry {
  readonly field: ProfileField;
  readonly value: string;
}

export interface TenantProfileOptions {
  readonly runtime?: Pick<Runtime, 'monotonicMs'> | undefined;
  readonly set?: ProfileValues | undefined;
  /** After how long the documented form is tried again, in milliseconds. Default one hour. */
  readonly askAgainAfterMs?: number | undefined;
  /** Gets entries to store: a new value, or one that was confirmed. */
  readonly onLearned?: ((entry: ProfileEntry) => void) | undefined;
  /** Called with a configured value that an answer has contradicted. */
  readonly onContradicted?: ((entry: ProfileEntry) => void) | undefined;
}

interface Known {
  readonly value: string;
  /** By the monotonic clock, in milliseconds; none for what is set. */
  readonly learnedAt: number | undefined;
  /** An answer of this run has shown it: it was neither set nor kept by an earlier run. */
  readonly seen: boolean;
}

const AN_HOUR_MS = 3_600_000;

/**
 * How a tenant's upstreams behave. A value says which form is tried first, not that there is no other: where an answer
 * contradicts it, the caller tries the other form and stores the one that worked.
 */
export class TenantProfile {
  readonly #options: TenantProfileOptions;
  readonly #runtime: Pick<Runtime, 'monotonicMs'>;
  readonly #known = new Map<ProfileField, Known>();
  /** Configured values that were not contradicted. */
  readonly #set = new Map<ProfileField, string>();

  constructor(options: TenantProfileOptions = {}) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
    for (const field of fieldsOf(options.set ?? {})) this.#set.set(field, options.set?.[field] ?? '');
  }

  /** True where nothing was learned from an answer, neither in this run nor in an earlier one. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** Whether the form is to be tried first. */
  prefers<F extends ChoiceField>(field: F, form: ProfileValue<F>): boolean {
    return this.#valueOf(field) === form;
  }

  /** Whether anything is known that has not become too old. */
  isKnown(field: ProfileField): boolean {
    return this.#current(field) !== undefined;
  }

  /** Whether an answer of this run has shown, within the hour, that the form works. */
  hasSeen<F extends ChoiceField>(field: F, form: ProfileValue<F>): boolean {
    const known = this.#current(field);
    return known?.seen === true && known.value === form;
  }

  /** An answer has shown which form works. */
  learn<F extends ChoiceField>(field: F, form: ProfileValue<F>): void {
    this.#learn(field, form);
  }

  names(field: NamesField): ReadonlySet<string> {
    return new Set(this.#valueOf(field).split(' ').filter(Boolean));
  }

  learnNames(field: NamesField, names: Iterable<string>): void {
    this.#learn(field, [...new Set(names)].sort().join(' '));
  }

  /** A stored value of an earlier run, with its age in ms. Does not replace a value learned in this run. */
  recall(field: string, value: string, ageMs: number): void {
    if (!isProfileField(field) || !FIELDS[field].safeParse(value).success || this.#known.has(field)) return;
    this.#known.set(field, { value, learnedAt: this.#runtime.monotonicMs() - Math.max(0, ageMs), seen: false });
  }

  /** Every field with what is known of it: the documented form where nothing is. */
  values(): readonly (ProfileEntry & { readonly isSeen: boolean })[] {
    return fieldsOf(FIELDS).map((field) => ({
      field,
      value: this.#valueOf(field),
      isSeen: this.#current(field)?.seen === true,
    }));
  }

  #valueOf(field: ProfileField): string {
    return this.#current(field)?.value ?? documented(field);
  }

  /** A configured value wins until an answer contradicts it. An undocumented form expires after a while. */
  #current(field: ProfileField): Known | undefined {
    const known = this.#known.get(field);
    const isOld =
      known?.learnedAt !== undefined &&
      this.#runtime.monotonicMs() - known.learnedAt >= (this.#options.askAgainAfterMs ?? AN_HOUR_MS);
    if (known !== undefined && !isOld && (known.seen || !this.#set.has(field))) return known;
    const set = this.#set.get(field);
    return set === undefined ? undefined : { value: set, learnedAt: undefined, seen: false };
  }

  #learn(field: ProfileField, value: string): void {
    const current = this.#current(field);
    if (current?.seen === true && current.value === value) return;
    const kept = this.#known.get(field);
    this.#known.set(field, { value, learnedAt: this.#runtime.monotonicMs(), seen: true });
    const set = this.#set.get(field);
    if (set !== undefined && contradicts(field, set, value)) {
      this.#set.delete(field);
      this.#options.onContradicted?.({ field, value: set });
    }
    // The documented form needs no date: it is tried first however old it is.
    if (kept?.value !== value || value !== documented(field)) this.#options.onLearned?.({ field, value });
  }
}

function documented(field: ProfileField): string {
  const schema = FIELDS[field];
  return schema instanceof z.ZodEnum ? (schema.options[0] ?? '') : '';
}

function contradicts(field: ProfileField, set: string, value: string): boolean {
  if (FIELDS[field] instanceof z.ZodEnum) return set !== value;
  const held = value.split(' ');
  return set.split(' ').some((name) => name !== '' && !held.includes(name));
}

const isProfileField = (name: string): name is ProfileField => Object.hasOwn(FIELDS, name);

const fieldsOf = (values: object): readonly ProfileField[] => Object.keys(values).filter(isProfileField);

/** Configured values as JSON; or the problem with them. */
export function parseProfileValues(text: string): ProfileValues | { readonly wrong: string } {
  try {
    const parsed = profileValues.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : { wrong: z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' ') };
  } catch {
    return { wrong: 'is not JSON' };
  }
}
