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
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  io.stdout.write('ok    settings: complete and well-formed\n');
  if (config.upstreams === undefined) {
    io.stdout.write('note  upstreams: none is set; npm start plays both with stand-ins\n');
    return 0;
  }
  const { investSuite, upvest } = config.upstreams;
  const [{ checkInvestSuite }, { checkUpvest }] = await Promise.all([
    import('../datasources/investsuite/index.ts'),
    import('../datasources/upvest/index.ts'),
  ]);
  const [ofInvestSuite, ofUpvest] = await Promise.all([
    checkInvestSuite({ baseUrl: investSuite.url, ...investSuite, batching: config.batching }),
    checkUpvest({ baseUrl: upvest.url, ...upvest, privateKeyPem: upvest.privateKey }),
  ]);
  const findings: Finding[] = [
    ...ofInvestSuite.map(({ tried, problem, message }) => finding(`InvestSuite, ${tried}`, problem, message)),
    ...ofUpvest.map(({ tried, problem, message }) => finding(`Upvest, ${tried}`, problem, message)),
  ];
  for (const { subject, works, message } of findings) {
    io.stdout.write(`${works ? 'ok   ' : 'WRONG'} ${subject}: ${message}\n`);
  }
  return findings.every((each) => each.works) ? 0 : 1;
}

const finding = (subject: string, problem: string | null, message: string): Finding => ({
  subject,
  works: problem === null,
  message: problem === null ? message : `${message} (${problem})`,
});
