#!/usr/bin/env node
// Corrects what packages say wrongly of themselves in package-lock.json. Run it after `npm install` has changed that file; it may be
// run again. npm keeps what is in the lock file, and goes by it.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const kafka = lock.packages['node_modules/@platformatic/kafka'];

for (const [path, entry] of Object.entries(lock.packages)) {
  // libsql's binaries don't say which C library they are for, so npm would install both on each Linux: 10 MB too many.
  const libc = /@libsql\/linux-\w+-(gnu|musl)/.exec(path)?.[1];
  if (libc !== undefined) entry.libc = [libc === 'gnu' ? 'glibc' : 'musl'];
  // Two parts of the Kafka client ask for a newer Node than it does itself. On Node 20 the tests against a real Kafka pass.
  if (/@platformatic\/(dynamic-buffer|wasm-utils)$/.test(path)) entry.engines = kafka.engines;
}
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
