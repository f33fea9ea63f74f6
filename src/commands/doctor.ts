import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';

/** One thing that was looked at. */
interface Finding {
  readonly subject: string;
  readonly works: boolean;
  readonly message: string;
}

/** Checks the settings and tries each upstream without writing anything. Exit code 0 where all works, else 1. */
export async function doctor(io: CommandIo): Promise<number> {
  const config = configOrComplaint(io, { listens: true });
  if (config === undefined) return 1;
  io.stdout.write('ok    settings: complete and well-formed\n');
  if (config.upstreams === undefined) {
    io.stdout.write('note  upstreams: none is set; npm start plays both with stand-ins\n');
    return 0;
  }
  const { investSuite, upvest } = config.upstreams;
  const [{ checkInvestSuite }, { checkUpvest }, { checkDatabase, checkIssuer, checkBrokers }] = await Promise.all([
    import('../datasources/investsuite/index.ts'),
    import('../datasources/upvest/index.ts'),
    import('./doctor-checks.ts'),
  ]);
  const [around, ofInvestSuite, ofUpvest] = await Promise.all([
    Promise.all([
      isThere(config) ? checkDatabase(config) : [],
      config.auth === undefined ? [] : checkIssuer(config.auth),
      config.kafka === undefined ? [] : checkBrokers(config.kafka),
    ]),
    checkInvestSuite({ baseUrl: investSuite.url, ...investSuite, batching: config.batching }),
    checkUpvest({ baseUrl: upvest.url, ...upvest, privateKeyPem: upvest.privateKey }),
  ]);
  const findings: Finding[] = [
    ...around.flat().map(({ tried, problem, message }) => finding(tried, problem, message)),
    ...ofInvestSuite.map(({ tried, problem, message }) => finding(`InvestSuite, ${tried}`, problem, message)),
    ...ofUpvest.map(({ tried, problem, message }) => finding(`Upvest, ${tried}`, problem, message)),
  ];
  for (const { subject, works, message } of findings) {
    io.stdout.write(`${works ? 'ok   ' : 'WRONG'} ${subject}: ${message}\n`);
  }
  return findings.every((each) => each.works) ? 0 : 1;
}

/** An embedded database is made when the gateway first starts. */
const isThere = ({ databaseUrl, dataDir }: Config): boolean =>
  databaseUrl !== undefined || existsSync(join(dataDir, 'gateway.db'));

const finding = (subject: string, problem: string | null, message: string): Finding => ({
  subject,
  works: problem === null,
  message: problem === null ? message : `${message} (${problem})`,
});
