import type { Standins } from '../standins/index.ts';
import type { CommandIo } from './command.ts';

/** Runs both stand-ins until SIGTERM or SIGINT; prints the settings that reach them as `NAME='value'` lines. */
export async function standins(io: CommandIo): Promise<number> {
  const { stdout, stderr } = io;
  const running = await startOrComplaint(io);
  if (running === undefined) return 1;
  const { investSuite, upvest } = running;
  stderr.write('Stand-ins of InvestSuite and Upvest are running; nothing here is real money. Stop with Ctrl+C.\n');
  const settings = {
    INVESTSUITE_URL: investSuite.url,
    INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
    INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
    UPVEST_URL: upvest.url,
    UPVEST_CLIENT_ID: upvest.credentials.clientId,
    UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
    UPVEST_KEY_ID: upvest.credentials.keyId,
    UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem.trim().replaceAll('\n', '\\n'),
  };
  for (const [name, value] of Object.entries(settings)) stdout.write(`${name}='${value}'\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  await running.stop();
  return 0;
}

/** The stand-ins, or undefined after it has been told which setting can't be used. */
async function startOrComplaint({ stderr, environment }: CommandIo): Promise<Standins | undefined> {
  const { startStandins } = await import('../standins/index.ts');
  const ports = ['STANDINS_INVESTSUITE_PORT', 'STANDINS_UPVEST_PORT'].map((name) => portOf(environment[name]));
  const [investSuitePort, upvestPort] = ports;
  const webhookUrl = environment['STANDINS_WEBHOOK_URL'];
  try {
    if (investSuitePort === undefined || upvestPort === undefined) throw new RangeError('not a port');
    return await startStandins({
      seed: 'demo',
      investSuitePort,
      upvestPort,
      ...(webhookUrl === undefined ? {} : { webhookUrl }),
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!(error instanceof RangeError) && code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    stderr.write('invest-gateway: STANDINS_INVESTSUITE_PORT and STANDINS_UPVEST_PORT must be ports that are free\n');
    return undefined;
  }
}

/** 0, a free one, where nothing is said; undefined where it is no port. */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 0;
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}
