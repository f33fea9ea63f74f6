import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  Lexer,
  Source,
  TokenKind,
  validate,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { UnconditionalSubscriptionRule } from './subscription-rule.ts';

/** How large a document may be as it is written. Looked at before anything that takes more time than reading it. */
export interface DocumentLimits {
  /** Characters of its text. Default 100,000. */
  readonly characters: number;
  /** Words and signs. Default 5,000. */
  readonly tokens: number;
  /** Brackets inside brackets, of whatever kind. Default 100. */
  readonly nesting: number;
  /** Fields that are written in it, fragments once. Default 500. */
  readonly fields: number;
  /** Fields with another name than their own. Default 50. */
  readonly aliases: number;
  /** Directives such as `@include`. Default 50. */
  readonly directives: number;
  /** Named fragments. Default 100. */
  readonly fragments: number;
}

export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = {
  characters: 100_000,
  tokens: 5_000,
  nesting: 100,
  fields: 500,
  aliases: 50,
  directives: 50,
  fragments: 100,
};

/** A document with a hundred mistakes need not have all of them told. */
const MAX_VALIDATION_ERRORS = 20;

/**
 * Refuses documents that are larger than allowed: their text before it is parsed, the rest before the rules of the
 * specification are looked at, some of which take time that grows faster than the document.
 */
export function useDocumentLimits(limits: DocumentLimits): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => {
        const text = typeof source === 'string' ? new Source(source) : source;
        const error = textOverLimit(limits, text);
        if (error !== undefined) throw error;
        return parseFn(text, options);
      });
    },
    onValidate({ setValidationFn, addValidationRule }) {
      addValidationRule(UnconditionalSubscriptionRule);
      setValidationFn((schema, document, rules) => {
        const error = documentOverLimit(limits, document);
        return error === undefined ? validate(schema, document, rules, { maxErrors: MAX_VALIDATION_ERRORS }) : [error];
      });
    },
    // To clients that accept application/json Yoga answers 200 for what it finds so early; this is refused to all alike.
    onExecutionResult({ result, setResult }) {
      const errors = result !== undefined && 'errors' in result ? result.errors : undefined;
      if (errors?.some(isTooMuch) !== true) return;
      setResult({ ...result, errors: errors.map((error) => (isTooMuch(error) ? tooMuch(error.message) : error)) });
    },
  };
}

const TOO_MUCH = 'QUERY_TOO_COMPLEX';

/** A document over a limit. The code is the same for all limits. */
export const tooMuch = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: TOO_MUCH, http: { status: 400 } } });

const isTooMuch = (error: GraphQLError): boolean => error.extensions['code'] === TOO_MUCH;

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** The error where a text is too long or nested too deep: parsers recurse. Throws a GraphQLError where it is none at all. */
export function textOverLimit(limits: DocumentLimits, source: Source): GraphQLError | undefined {
  const { length } = source.body;
  if (length > limits.characters) {
    return tooMuch(`The document has ${length} characters; at most ${limits.characters} are allowed.`);
  }
  const lexer = new Lexer(source);
  let nesting = 0;
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; ) {
    tokens += 1;
    if (tokens > limits.tokens) return tooMuch(`The document has more than ${limits.tokens} words and signs.`);
    if (CLOSING.has(lexer.token.kind)) nesting -= 1;
    if (!OPENING.has(lexer.token.kind)) continue;
    nesting += 1;
    if (nesting > limits.nesting) return tooMuch(`The document has more than ${limits.nesting} nested brackets.`);
  }
  return undefined;
}

const COUNTED = ['fields', 'aliases', 'directives', 'fragments'] as const;

/** The error where a document has too much of something, or a fragment that is in itself, which others choke on. */
export function documentOverLimit(limits: DocumentLimits, document: DocumentNode): GraphQLError | undefined {
  const count = { fields: 0, aliases: 0, directives: 0, fragments: 0 };
  visit(document, {
    Field(node) {
      count.fields += 1;
      if (node.alias !== undefined) count.aliases += 1;
    },
    Directive() {
      count.directives += 1;
    },
    FragmentDefinition() {
      count.fragments += 1;
    },
  });
  for (const what of COUNTED) {
    if (count[what] > limits[what]) {
      return tooMuch(`The document has ${count[what]} ${what}; at most ${limits[what]} are allowed.`);
    }
  }
  const name = fragmentInItself(document);
  if (name === undefined) return undefined;
  return new GraphQLError(`The fragment ${name} contains itself.`);
}

function fragmentInItself(document: DocumentNode): string | undefined {
  const inside = new Map<string, readonly string[]>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) inside.set(each.name.value, spreadsIn(each));
  }
  const done = new Set<string>();
  const under = new Set<string>();
  const find = (name: string): string | undefined => {
    if (under.has(name)) return name;
    if (done.has(name)) return undefined;
    under.add(name);
    const found = (inside.get(name) ?? []).map(find).find((each) => each !== undefined);
    under.delete(name);
    done.add(name);
    return found;
  };
  return [...inside.keys()].map(find).find((each) => each !== undefined);
}

function spreadsIn(fragment: FragmentDefinitionNode): readonly string[] {
  const names = new Set<string>();
  visit(fragment, {
    FragmentSpread({ name }) {
      names.add(name.value);
    },
  });
  return [...names];
}
