#!/usr/bin/env node
// Checks an exported audit by its description alone (docs/proof.md): invest-gateway audit export | node tools/audit-check.mjs [heads.json]
//
// It shares no code with the gateway. `heads.json` is the output of an earlier `audit verify --json`, kept elsewhere: with it, an audit
// that was written anew with all its hashes is found too. Exit code 0: sound; 1: not; each finding is a line.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const findings = [];
/** Last row of each chain, and the hash of each row that heads may name. */
const chains = new Map();
const hashes = new Map();
const closed = new Set();
let rows = 0;

const hashOf = ({ chain, sequence, at, actor, action, subject_id, content, previous_hash }) =>
  createHash('sha256')
    .update(JSON.stringify([chain, sequence, at, actor, action, subject_id, content, previous_hash]))
    .digest('hex');

function checkRow(row) {
  rows += 1;
  const name = `chain ${row.chain}, row ${row.sequence}`;
  const last = chains.get(row.chain) ?? { sequence: 0, hash: '' };
  if (closed.has(row.chain)) findings.push(`${name}: stands behind the head of its chain`);
  if (row.sequence !== last.sequence + 1) findings.push(`${name}: row ${last.sequence + 1} was expected`);
  else if (row.previous_hash !== last.hash) findings.push(`${name}: does not follow the row before it`);
  if (hashOf(row) !== row.hash) findings.push(`${name}: its hash is not that of its content`);
  chains.set(row.chain, { sequence: row.sequence, hash: row.hash });
  hashes.set(`${row.chain} ${row.sequence}`, row.hash);
}

function checkHead({ chain, sequence, hash }) {
  const last = chains.get(chain);
  if (last?.sequence !== sequence || last.hash !== hash) findings.push(`chain ${chain}: does not end with its head`);
  closed.add(chain);
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === '') continue;
  try {
    const row = JSON.parse(line);
    if ('previous_hash' in row) checkRow(row);
    else checkHead(row);
  } catch (error) {
    findings.push(`a line that cannot be read: ${error.message}`);
  }
}
for (const chain of chains.keys()) if (!closed.has(chain)) findings.push(`chain ${chain}: has no head`);

const [kept] = process.argv.slice(2);
for (const { chain, sequence, hash } of kept === undefined ? [] : JSON.parse(readFileSync(kept, 'utf8')).heads) {
  if (hashes.get(`${chain} ${sequence}`) !== hash)
    findings.push(`chain ${chain}, row ${sequence}: is not the one that was kept`);
}
for (const finding of findings) console.log(`WRONG ${finding}`);
console.log(`${findings.length === 0 ? 'ok   ' : 'read '} ${rows} rows in ${chains.size} chains`);
process.exitCode = findings.length === 0 ? 0 : 1;
