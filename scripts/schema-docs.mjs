#!/usr/bin/env node
// Writes docs/schema.md from schema.graphql; with --check says whether it is what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql';

const FILE = 'docs/schema.md';
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const builtIn = new Set(['ID', 'String', 'Int', 'Boolean', 'Float']);
const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);

/** In one line of a table. */
const cell = (text) => (text ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
const anchor = (name) => name.toLowerCase();
/** `[Portfolio!]!` with the type's name as a link. */
const typeText = (type) =>
  String(type)
    .replace(/\w+/, (name) => (builtIn.has(name) ? name : `[${name}](#${anchor(name)})`))
    .replace(/^\[\[/, '\\[[');

const fieldRows = (type) =>
  Object.values(type.getFields()).flatMap((field) => [
    `| \`${field.name}\` | ${typeText(field.type)} | ${cell(field.description)} |`,
    ...(field.args ?? []).map(
      (arg) => `| &nbsp;&nbsp;\`${field.name}(${arg.name}:)\` | ${typeText(arg.type)} | ${cell(arg.description)} |`,
    ),
  ]);

function body(type) {
  if (isEnumType(type)) {
    return [
      '| value | |',
      '|---|---|',
      ...type.getValues().map((value) => `| \`${value.name}\` | ${cell(value.description)} |`),
    ];
  }
  if (isUnionType(type))
    return [
      `One of: ${type
        .getTypes()
        .map((each) => typeText(each))
        .join(', ')}.`,
    ];
  if (isScalarType(type)) return [];
  const kin = isInputObjectType(type) ? [] : type.getInterfaces().map((each) => typeText(each));
  const made = isInterfaceType(type) ? schema.getPossibleTypes(type).map((each) => typeText(each)) : [];
  return [
    ...(kin.length === 0 ? [] : [`Is a ${kin.join(', ')}.`, '']),
    ...(made.length === 0 ? [] : [`Of it are: ${made.join(', ')}.`, '']),
    ...['| field | type | |', '|---|---|---|'],
    ...fieldRows(type),
  ];
}

const section = (title, list) =>
  list.length === 0
    ? []
    : [
        `## ${title}`,
        '',
        ...[...list]
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .flatMap((type) => [
            `### ${type.name}`,
            '',
            ...(type.description ? [cell(type.description), ''] : []),
            ...body(type),
            '',
          ]),
      ];

const text = `${[
  '# Schema reference',
  '',
  'Made from [`schema.graphql`](../schema.graphql) by `npm run schema`; what is said here is said there.',
  '',
  ...section('Operations', [...roots]),
  ...section(
    'Objects',
    types.filter((type) => isObjectType(type) && !roots.has(type)),
  ),
  ...section('Interfaces', types.filter(isInterfaceType)),
  ...section('Unions', types.filter(isUnionType)),
  ...section('Inputs', types.filter(isInputObjectType)),
  ...section('Enums', types.filter(isEnumType)),
  ...section(
    'Scalars',
    types.filter((type) => isScalarType(type) && !builtIn.has(type.name)),
  ),
]
  .join('\n')
  .trimEnd()}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error(`${FILE} is not what schema.graphql says; run npm run schema and commit it`);
  process.exit(1);
}
