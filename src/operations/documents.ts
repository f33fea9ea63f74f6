import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoFragmentCyclesRule,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  Source,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Turn } from '../domain/turn.ts';
import { documentOverLimit, isTooMuch, textOverLimit } from './document-limits.ts';
import { KnownOperation } from './known-operation.ts';
import type { QueryLimits } from './limits.ts';
import { withExtensions } from './masking.ts';
import { hasLoneSurrogateEscape, LONE_SURROGATE, type OperationRequest, type Result, refused } from './operation.ts';
import { UnconditionalSubscriptionRule } from './subscription-rule.ts';
import { namesDocument, type TrustedDocuments, trustedText } from './trusted-documents.ts';

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: QueryLimits;
  readonly introspection: boolean;
  /** Undefined: all operations are executed, registered or not. */
  readonly trustedDocuments: TrustedDocuments | undefined;
  /** True where an embedder adds fields. */
  readonly ownFields: boolean;
  /** Until its end the texts of objects may be remembered. */
  readonly turn: Turn;
  /** Maximum weight of the cache. Default {@link MAX_WEIGHT}. */
  readonly maxWeight?: number | undefined;
}

/**
 * Their characters, and something for each. A parsed document takes up to 100 bytes a character, so this is 100 MB at most;
 * the few hundred queries of an app are a hundredth of it.
 */
const MAX_WEIGHT = 1_000_000;
const WEIGHT_OF_ONE = 500;

/** A document that was found valid, and its operations by the names that were asked for. */
interface ValidDocument {
  readonly document: DocumentNode;
  readonly operations: Map<string | undefined, KnownOperation>;
}

/** An operation that was refused, as far as it is known. */
export interface RefusedOperation {
  readonly result: Result;
  readonly type: OperationTypeNode | 'unknown';
  readonly name: string | undefined;
}

/** Maximum errors that are reported for one document. */
const MAX_VALIDATION_ERRORS = 20;

/** Finds the operation of a request: parses and validates each document once. */
export class Documents {
  readonly #options: DocumentsOptions;
  readonly #rules: readonly ValidationRule[];
  /** By text. Invalid ones are not kept: with their errors' stacks they would keep everything that the requests had in hand. */
  readonly #valid: LRUCache<string, ValidDocument>;

  constructor(options: DocumentsOptions) {
    this.#options = options;
    this.#valid = new LRUCache({
      maxSize: options.maxWeight ?? MAX_WEIGHT,
      sizeCalculation: (_document, text) => text.length + WEIGHT_OF_ONE,
    });
    this.#rules = [
      ...specifiedRules,
      UnconditionalSubscriptionRule,
      ...(options.introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ];
  }

  /** Weight of the cache. */
  get weight(): number {
    return this.#valid.calculatedSize;
  }

  /** @param onlyReads refuses mutations. */
  find(request: OperationRequest, onlyReads: boolean): KnownOperation | RefusedOperation {
    const text = this.#textOf(request);
    if (typeof text !== 'string') return { result: text, type: 'unknown', name: undefined };
    const { operationName } = request;
    const valid = this.#valid.get(text);
    const known = valid?.operations.get(operationName);
    if (known !== undefined && !(onlyReads && known.type === OperationTypeNode.MUTATION)) return known;
    return this.#look(text, valid, operationName, onlyReads);
  }

  #look(
    text: string,
    valid: ValidDocument | undefined,
    operationName: string | undefined,
    onlyReads: boolean,
  ): KnownOperation | RefusedOperation {
    const document = valid?.document ?? this.#parse(text);
    if (document instanceof GraphQLError)
      return { result: refusedDocument(document), type: 'unknown', name: undefined };
    const operation = getOperationAST(document, operationName);
    const refuse = (result: Result): RefusedOperation => {
      return { result, type: operation?.operation ?? 'unknown', name: operation?.name?.value };
    };
    if (!operation) return refuse(refused('request', NO_OPERATION()));
    if (onlyReads && operation.operation === OperationTypeNode.MUTATION)
      return refuse(refused('mutation', NO_MUTATION()));
    const errors = valid === undefined ? this.#validate(document) : [];
    if (errors.length > 0) return refuse(refusedDocument(...errors));
    const { operations } = valid ?? { operations: new Map<string | undefined, KnownOperation>() };
    if (valid === undefined) this.#valid.set(text, { document, operations });
    const found = new KnownOperation(document, operation, this.#options);
    operations.set(operationName, found);
    return found;
  }

  /** The text of the document; or why there is none. */
  #textOf(request: OperationRequest): string | Result {
    const { operationName, documentId, extensions, query } = request;
    const isPlain = operationName === undefined && documentId === undefined && extensions === undefined;
    if (!isPlain && hasLoneSurrogateEscape([operationName, documentId, extensions])) return refused('request', HALF());
    const { trustedDocuments } = this.#options;
    if (query !== undefined && (trustedDocuments === undefined || (!namesDocument(request) && this.#valid.has(query))))
      return query;
    if (trustedDocuments !== undefined)
      return trustedText(trustedDocuments, request, (text) => this.#read(text)) ?? refused('request', NOT_TRUSTED());
    return isObject(extensions?.['persistedQuery'])
      ? refused('persisted', NOT_SUPPORTED())
      : refused('request', NO_DOCUMENT());
  }

  #read(text: string): DocumentNode | undefined {
    const document = this.#parse(text);
    return document instanceof GraphQLError ? undefined : document;
  }

  /** Its length and nesting are looked at first: parsers recurse. */
  #parse(text: string): DocumentNode | GraphQLError {
    const source = new Source(text);
    try {
      return textOverLimit(this.#options.limits, source) ?? parse(source);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return withExtensions(error, { code: 'GRAPHQL_PARSE_FAILED' });
    }
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    const { schema, limits } = this.#options;
    const error = documentOverLimit(limits, document);
    if (error !== undefined) return [error];
    // By itself: other rules choke on a fragment that contains itself.
    const cycles = validate(schema, document, [NoFragmentCyclesRule], { maxErrors: 1 });
    if (cycles.length > 0) return cycles;
    try {
      return validate(schema, document, this.#rules, { maxErrors: MAX_VALIDATION_ERRORS });
    } catch (error) {
      // The rule for subscriptions collects fields, for which it may need the value of a variable.
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }
}

/** Documents over a limit are refused for all clients. */
const refusedDocument = (...errors: readonly GraphQLError[]): Result =>
  refused(errors.some(isTooMuch) ? 'request' : 'document', ...errors);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const coded = (message: string, code: string) => (): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

/** The message and code by which Apollo Client and urql know to send the document, and to leave the hash out from then on. */
const NOT_SUPPORTED = coded('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
const NOT_TRUSTED = coded('Only trusted documents are executed, and this is not one of them.', 'DOCUMENT_NOT_TRUSTED');
const NO_DOCUMENT = coded('Must provide query string.', 'BAD_REQUEST');
const NO_OPERATION = coded('Could not determine what operation to execute.', 'OPERATION_RESOLUTION_FAILURE');
const NO_MUTATION = coded('Can only perform a mutation operation from a POST request.', 'BAD_REQUEST');
const HALF = coded(LONE_SURROGATE, 'BAD_REQUEST');
