import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';
import { type Finding, findingOf } from './doctor-findings.ts';
import { USAGES } from './usages.ts';

/**
 * Checks the settings and tries each upstream; registers Upvest's webhook with `--register-webhook`, keeps the tenant profile with
 * `--write`, and writes nothing else. Exit code 0 where all works, 1 where something does not, 2 for a wrong command line.
 */
export async function doctor(io: CommandIo): Promise<number> {
  const unknown = io.args.filter((argument) => !ARGUMENTS.includes(argument));
  if (unknown.length > 0) {
    io.stderr.write(`invest-gateway doctor: it does not know ${unknown.join(' ')}\n\n${USAGES.doctor}`);
    return 2;
  }
  const mayRegister = io.args.includes('--register-webhook');
  const config = configOrComplaint(io, { listens: true });
  if (config === undefined) return 1;
  io.stdout.write('ok    settings: complete and well-formed\n');
  if (config.upstreams === undefined) {
    io.stdout.write('note  upstreams: none is set; npm start plays both with stand-ins\n');
    return 0;
  }
  const { investSuite, upvest } = config.upstreams;
  const [{ checkInvestSuite }, { upvestFindings }, { tenantFindings }, { checkDatabase, checkIssuer, checkBrokers }] =
    await Promise.all([
      import('../datasources/investsuite/index.ts'),
      import('./doctor-upvest.ts'),
      import('./doctor-tenant.ts'),
      import('./doctor-checks.ts'),
    ]);
  const [around, ofInvestSuite, ofUpvest] = await Promise.all([
    Promise.all([
      checkDatabase(config.store),
      config.auth === undefined ? [] : checkIssuer(config.auth),
      config.bus === undefined ? [] : checkBrokers(config.bus),
    ]),
    checkInvestSuite({ baseUrl: investSuite.url, ...investSuite, ...config.investSuite }),
    upvestFindings({ baseUrl: upvest.url, ...upvest, privateKeyPem: upvest.privateKey }, config, mayRegister),
  ]);
  const findings: readonly Finding[] = [
    ...around.flat().map((each) => findingOf(each.tried, each)),
    ...ofInvestSuite.map((each) => findingOf(`InvestSuite, ${each.tried}`, each)),
    ...ofUpvest,
    ...(io.args.includes('--write') ? await tenantFindings(config, config.upstreams) : []),
  ];
  for (const { subject, level, message } of findings) io.stdout.write(`${level.padEnd(5)} ${subject}: ${message}\n`);
  return findings.every(({ level }) => level !== 'WRONG') ? 0 : 1;
}

const ARGUMENTS = ['--register-webhook', '--write'];
