#!/usr/bin/env node
// Measures the source beside its goals and limits: npm run measure. Ends with 1 where a limit is passed. --list shows the worst places.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from '@babel/parser';

/**
 * The goals, and the limits held until they are reached: no limit grows without a reason in the commit that changes it, and
 * each falls with the source.
 */
const LIMITS = {
  'lines of src without stand-ins': { goal: 31_654, limit: 54_640 },
  'lines of adapters and operations': { goal: 3_000, limit: 4_190 },
  'p99 lines of a function': { goal: 40, limit: 40 },
  'worst cyclomatic complexity': { goal: 15, limit: 15 },
  'uses of any': { goal: 0, limit: 0 },
  'as per 1,000 lines': { goal: 0.5, limit: 0.5 },
  'files over 400 lines': { goal: 0, limit: 0 },
};

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'ClassPrivateMethod',
  'ObjectMethod',
]);
const BRANCHES = new Set([
  'IfStatement',
  'ConditionalExpression',
  'LogicalExpression',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'CatchClause',
]);

const isBranch = (node) =>
  BRANCHES.has(node.type) ||
  (node.type === 'SwitchCase' && node.test !== null) ||
  (node.type === 'AssignmentExpression' && ['&&=', '||=', '??='].includes(node.operator));

// `as const` narrows, and so checks; the other casts are promises that nobody checks.
const isCast = (node) =>
  (node.type === 'TSAsExpression' || node.type === 'TSTypeAssertion') &&
  !(node.typeAnnotation.type === 'TSTypeReference' && node.typeAnnotation.typeName.name === 'const');

const lines = (node) => node.loc.end.line - node.loc.start.line + 1;

function measure(path) {
  const text = readFileSync(path, 'utf8');
  const found = { path, lines: text.split('\n').length - 1, functions: [], casts: [], any: [] };
  const walk = (node, owner) => {
    let current = owner;
    if (FUNCTIONS.has(node.type)) {
      current = { at: `${path}:${node.loc.start.line}`, lines: lines(node), complexity: 1 };
      found.functions.push(current);
    } else if (isBranch(node) && current !== undefined) current.complexity += 1;
    if (isCast(node)) found.casts.push(`${path}:${node.loc.start.line}`);
    if (node.type === 'TSAnyKeyword') found.any.push(`${path}:${node.loc.start.line}`);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (child !== null && typeof child?.type === 'string' && child.loc !== undefined) walk(child, current);
      }
    }
  };
  walk(parse(text, { sourceType: 'module', plugins: ['typescript'] }).program, undefined);
  return found;
}

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'client'], {
  encoding: 'utf8',
});
const present = listed.split('\n').filter((path) => /\.tsx?$/.test(path));
const files = [...new Set(present)].flatMap((path) => {
  try {
    return [measure(path)];
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
});
const product = files.filter(({ path }) => path.startsWith('src/') && !path.startsWith('src/standins/'));
const core = files.filter(({ path }) => /^src\/(adapters|operations)\//.test(path));
const functions = files.flatMap((file) => file.functions);
const lengths = functions.map((each) => each.lines).sort((a, b) => a - b);
const total = sum(files.map((file) => file.lines));
const casts = files.flatMap((file) => file.casts);
const any = files.flatMap((file) => file.any);
const long = files.filter((file) => file.lines > 400);

const seen = {
  'lines of src without stand-ins': sum(product.map((file) => file.lines)),
  'lines of adapters and operations': sum(core.map((file) => file.lines)),
  'p99 lines of a function': percentile(lengths, 0.99),
  'worst cyclomatic complexity': Math.max(...functions.map((each) => each.complexity)),
  'uses of any': any.length,
  'as per 1,000 lines': Math.round((casts.length / total) * 100_000) / 100,
  'files over 400 lines': long.length,
};

for (const [what, { goal, limit }] of Object.entries(LIMITS)) {
  const beside = goal === limit ? '' : `, goal ${goal}`;
  const over = seen[what] > limit ? '  <-- over the limit' : '';
  console.log(`${what.padEnd(36)}${String(seen[what]).padStart(8)}   at most ${limit}${beside}${over}`);
}
console.log(`${'p50 lines of a function'.padEnd(36)}${String(percentile(lengths, 0.5)).padStart(8)}`);
console.log(`${functions.length} functions, ${casts.length} casts in ${total} lines of ${files.length} files`);

const over = Object.entries(LIMITS).some(([what, { limit }]) => seen[what] > limit);
if (over || process.argv.includes('--list')) {
  const worst = (title, rows) => console.log(`\n${title}\n${rows.map((row) => `  ${row}`).join('\n')}`);
  const by = (key) => [...functions].sort((a, b) => b[key] - a[key]).slice(0, 12);
  worst(
    'longest functions',
    by('lines').map((each) => `${each.lines}  ${each.at}`),
  );
  worst(
    'most complex functions',
    by('complexity').map((each) => `${each.complexity}  ${each.at}`),
  );
  worst('casts', casts);
  worst('any', any);
  worst(
    'files over 400 lines',
    long.map((file) => `${file.lines}  ${file.path}`),
  );
}
process.exitCode = over ? 1 : 0;
