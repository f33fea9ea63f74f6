#!/usr/bin/env node
// Checks what subscribers saw, by cursors and payloads alone: node tools/log-check.mjs history.jsonl …
//
// Each line of a history is one of
//   {"subscriber": "a", "after": <cursor or null>}         it connected, and asked for what comes after this cursor
//   {"subscriber": "a", "cursor": "…", "payload": …}       it was sent this
// Subscribers that may see different things (other customers) have another "audience" on their lines; those of one audience are
// compared. It shares no code with the gateway, and takes cursors for opaque texts. Found are: a gap (somebody saw something
// between two events that another one got one after the other), a repeat, another order, another payload under the same cursor, an
// answer to a resumption that does not go on where it was asked to. Exit code 0: as promised; 1: not.
import { readFileSync } from 'node:fs';

const findings = [];
let events = 0;
/** Of each audience: what follows a cursor, what comes before one, and what each cursor carried. */
const audiences = new Map();
const subscribers = new Map();
const START = '(the beginning)';

function audienceOf(name) {
  const known = audiences.get(name) ?? { next: new Map(), previous: new Map(), payloads: new Map() };
  audiences.set(name, known);
  return known;
}

/** Two that are neighbours for one subscriber are neighbours for all. */
function checkNeighbours({ next, previous }, who, before, cursor) {
  for (const [map, from, to, what] of [
    [next, before, cursor, 'after'],
    [previous, cursor, before, 'before'],
  ]) {
    const known = map.get(from);
    if (known === undefined) map.set(from, { to, who });
    else if (known.to !== to) findings.push(`${who} saw ${to} ${what} ${from}, but ${known.who} saw ${known.to}`);
  }
}

function checkEvent(audience, { subscriber: who, cursor, payload }) {
  events += 1;
  const state = subscribers.get(who);
  if (state === undefined) return findings.push(`${who} saw ${cursor} before it connected`);
  // Behind an older cursor the same comes again, as asked for; behind the newest one nothing may.
  if (state.seen.has(cursor) && !state.again.delete(cursor)) findings.push(`${who} saw ${cursor} twice`);
  const text = JSON.stringify(payload);
  const known = audience.payloads.get(cursor);
  if (known === undefined) audience.payloads.set(cursor, text);
  else if (known !== text) findings.push(`${who} saw another payload under ${cursor}`);
  checkNeighbours(audience, who, state.at, cursor);
  state.at = cursor;
  if (!state.seen.has(cursor)) state.order.push(cursor);
  state.seen.add(cursor);
}

function connect({ subscriber: who, after }) {
  const state = subscribers.get(who) ?? { seen: new Set(), order: [], again: new Set(), at: START };
  subscribers.set(who, state);
  const at = after === null ? -1 : state.order.indexOf(after);
  if (after !== null && at < 0 && state.order.length > 0)
    findings.push(`${who} resumed after ${after}, which it never saw`);
  state.again = new Set(state.order.slice(at + 1));
  state.at = after ?? START;
}

for (const file of process.argv.slice(2)) {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const read = JSON.parse(line);
    if ('cursor' in read) checkEvent(audienceOf(read.audience ?? ''), read);
    else connect(read);
  }
}
for (const finding of findings) console.log(`WRONG ${finding}`);
console.log(`${findings.length === 0 ? 'ok   ' : 'read '} ${events} events of ${subscribers.size} subscribers`);
process.exitCode = findings.length === 0 && events > 0 ? 0 : 1;
