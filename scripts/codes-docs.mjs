#!/usr/bin/env node
// Writes the tables of docs/codes.md from the code: part of npm run schema. --check: ends with 1 where the page differs.
import { readFileSync, writeFileSync } from 'node:fs';

const { ERRORS, FAILURES } = await import('../dist/domain/codes.js');
const { REASON_CODES } = await import('../dist/domain/reason-codes.js');

const row = (...cells) => `| ${cells.join(' | ')} |`;
const yesOrNo = (value) => (value ? 'yes' : 'no');
const errors = [
  row('code', 'at fault', 'retryable', 'recorded', 'means'),
  '|---|---|---|---|---|',
  ...Object.entries(ERRORS).map(([code, { fault, retryable, recorded, meaning }]) =>
    row(`\`${code}\``, fault, yesOrNo(retryable), recorded, meaning),
  ),
];
const failures = [
  row('type', 'code', 'at fault', 'retryable', 'recorded', 'means'),
  '|---|---|---|---|---|---|',
  ...Object.entries(FAILURES).map(([code, { type, fault, retryable, recorded, meaning }]) =>
    row(`\`${type}\``, `\`${code}\``, fault, yesOrNo(retryable), recorded, meaning),
  ),
];
const tables = { errors, failures, reasons: [REASON_CODES.map((code) => `\`${code}\``).join(', ')] };

const path = 'docs/codes.md';
const page = readFileSync(path, 'utf8');
const written = Object.entries(tables).reduce(
  (text, [name, lines]) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
      (_all, before, after) => `${before}${lines.join('\n')}\n${after}`,
    ),
  page,
);
if (!process.argv.includes('--check')) writeFileSync(path, written);
else if (written !== page) {
  console.error(`${path} differs from the code: npm run schema`);
  process.exitCode = 1;
}
