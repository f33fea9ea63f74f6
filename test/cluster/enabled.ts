import { hasPostgres } from '../helpers/postgres.ts';

/** These take minutes and the machine for themselves: `CLUSTER=true npx vitest run test/cluster`, as the checks do. */
export const runsClusters: boolean = process.env['CLUSTER'] === 'true' && hasPostgres;

if (!runsClusters) process.stdout.write('CLUSTER is not set: the tests with several gateways are left out.\n');
