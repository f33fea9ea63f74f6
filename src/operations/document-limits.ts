import { type DocumentNode, GraphQLError, Lexer, type Source, TokenKind, visit } from 'graphql';

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
  /** Aliases. Default 50. */
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

const TOO_MUCH = 'QUERY_TOO_COMPLEX';

/** A document over a limit. The code is the same for all limits. */
export const tooMuch = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: TOO_MUCH } });

export const isTooMuch = (error: GraphQLError): boolean => error.extensions['code'] === TOO_MUCH;

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** The error where a text is too long or nested too deep: looked at first, since parsers recurse. Throws a GraphQLError where it is none at all. */
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

/** The error where a document has too much of something. */
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
  return undefined;
}
