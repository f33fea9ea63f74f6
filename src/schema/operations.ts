import {
  type AuditCheck,
  type AuditEntry,
  auditEntries,
  type CapabilityStatus,
  capabilityStates,
  checkAudit,
  listParkedEvents,
  type ParkedEvent,
  replayParkedEvent,
} from '../resolvers/operations.ts';
import type { Success } from '../resolvers/results.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts, TypeRef } from './parts.ts';

/** Queries and mutations for operators besides reviews. */
export function addOperations(parts: SchemaParts): void {
  addParkedEvents(parts);
  addReplay(parts);
  addCapabilities(parts);
  addAuditEntries(parts);
  addAuditCheck(parts);
}

function addParkedEvents({ builder, pageInfo }: SchemaParts): void {
  const event = builder.objectRef<ParkedEvent>('ParkedEvent').implement({
    description: 'An event of an upstream that the gateway could not process and has put aside. For operators.',
    authScopes: vouched,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Id of the event at the gateway (evt_…).' }),
      source: t.exposeString('source', {
        nullable: false,
        description: 'The system that reported it: INVESTSUITE or UPVEST.',
      }),
      type: t.exposeString('type', { nullable: false, description: "The system's type of the event." }),
      eventId: t.exposeString('eventId', { nullable: false, description: "The system's id of the event." }),
      receivedAt: t.expose('receivedAt', { type: 'DateTime', nullable: false, description: 'Time of its receipt.' }),
      reason: t.exposeString('reason', { description: 'Why it could not be processed.' }),
      payload: t.expose('payload', {
        type: 'JSON',
        nullable: false,
        description: 'The event; its numbers are strings.',
      }),
    }),
  });
  const page = connectionType(builder, { name: 'ParkedEvent', what: 'parked events', node: event, pageInfo });
  builder.queryField('parkedEvents', (t) =>
    t.field({
      type: page,
      nullable: false,
      description: 'Events that the gateway could not process, oldest first. Operators only.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: (_root, args, context) => listParkedEvents(context, args),
    }),
  );
}

function addReplay(parts: SchemaParts): void {
  const { builder } = parts;
  const input = builder.inputType('ReplayParkedEventInput', {
    description: 'A parked event to process again.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the event (evt_…).' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly event: { readonly id: string } }>>('ReplayParkedEventSuccess');
  success.implement({
    description: 'The event is processed again.',
    fields: (t) => ({
      eventId: t.id({ nullable: false, description: 'Id of the event.', resolve: ({ event }) => event.id }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'ReplayParkedEvent', success, []);
  builder.mutationField('replayParkedEvent', (t) =>
    t.field({
      type: result,
      nullable: false,
      description:
        'Has a parked event processed again, after its cause was mended. Written to the audit. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The event.' }) },
      resolve: (_root, args, context) => replayParkedEvent(context, args.input),
    }),
  );
}

function addCapabilities({ builder }: SchemaParts): void {
  const state = builder.enumType('CapabilityState', {
    description: 'Whether the gateway uses a capability of the broker.',
    values: {
      OFF: { value: 'off', description: 'Off by setting.' },
      UNKNOWN: { value: 'unknown', description: 'Nothing has been asked of it yet.' },
      GRANTED: { value: 'granted', description: 'The broker has granted it.' },
      NOT_GRANTED: {
        value: 'not-granted',
        description: 'The broker has refused it; it is asked again after ten minutes.',
      },
    } as const,
  });
  const capability = builder.objectRef<CapabilityStatus>('CapabilityStatus').implement({
    description: 'A capability of the broker that a tenant may lack. For operators.',
    authScopes: vouched,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'Name, as in UPVEST_CAPABILITIES.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'Its state at this gateway.' }),
    }),
  });
  builder.queryField('capabilities', (t) =>
    t.field({
      type: [capability],
      nullable: { list: false, items: false },
      description: 'Capabilities of the broker that a tenant may lack. Operators only.',
      resolve: (_root, _args, context) => capabilityStates(context),
    }),
  );
}

function addAuditEntries(parts: SchemaParts): void {
  const { builder } = parts;
  const entry = addAuditEntry(parts);
  builder.queryField('auditEntries', (t) =>
    t.field({
      type: [entry],
      nullable: { list: false, items: false },
      description:
        'The life of one object as the audit has it, oldest first; empty where the audit has nothing. Operators only.',
      args: {
        id: t.arg.id({
          required: true,
          description: 'Id of a deposit, a withdrawal, an order, a rebalancing and so on.',
        }),
      },
      complexity: { field: 10, multiplier: 5 },
      resolve: (_root, { id }, context) => auditEntries(context, id),
    }),
  );
}

const addAuditEntry = ({ builder }: SchemaParts): TypeRef<AuditEntry> =>
  builder.objectRef<AuditEntry>('AuditEntry').implement({
    description:
      'An entry of the audit: a request, a change of state, a refusal by an upstream, a decision of an operator. For operators.',
    authScopes: vouched,
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'Time of the entry.' }),
      actor: t.exposeString('actor', { nullable: false, description: 'Issuer and subject of the caller, or gateway.' }),
      action: t.exposeString('action', { nullable: false, description: 'The mutation, or what the gateway did.' }),
      states: t.stringList({
        nullable: false,
        description: 'States that the object entered, with the reason after a colon where there is one.',
        resolve: ({ states }) => states.map(({ state, reason }) => (reason === null ? state : `${state}: ${reason}`)),
      }),
      note: t.string({
        description: "An operator's note; null for other entries.",
        resolve: ({ note }) => note ?? null,
      }),
      refusal: t.string({
        description:
          'A refusal by an upstream: step, system, status, code, words, and its id of the call. Null for other entries.',
        resolve: ({ refusal }) => refusalOf(refusal),
      }),
    }),
  });

function refusalOf(refusal: AuditEntry['refusal']): string | null {
  if (refusal === undefined) return null;
  const { step, system, status, code, message, requestId } = refusal;
  return [step, system, status, code, message, requestId].filter((part) => part !== null).join(' · ');
}

function addAuditCheck({ builder }: SchemaParts): void {
  const check = builder.objectRef<AuditCheck>('AuditCheck').implement({
    description: 'Result of a check of the audit. For operators.',
    authScopes: vouched,
    fields: (t) => ({
      entries: t.exposeInt('entries', { nullable: false, description: 'Entries that were checked.' }),
      objects: t.exposeInt('objects', {
        nullable: false,
        description: 'Objects that were compared with their entries.',
      }),
      newestAt: t.expose('newestAt', {
        type: 'DateTime',
        description: 'Time of the newest entry; null where there is none.',
      }),
      findings: t.exposeStringList('findings', {
        nullable: false,
        description: 'What is not as it was written; empty where all is.',
      }),
    }),
  });
  builder.queryField('auditCheck', (t) =>
    t.field({
      type: check,
      nullable: false,
      description:
        'Reads the whole audit and compares all objects with it, which takes minutes where there are millions of entries. Operators only.',
      complexity: { field: 1_000, multiplier: 1 },
      resolve: (_root, _args, context) => checkAudit(context),
    }),
  );
}
