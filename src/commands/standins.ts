import type { CommandIo } from './command.ts';

/** Runs both stand-ins until SIGTERM or SIGINT; prints the settings that reach them as `NAME='value'` lines. */
export async function standins({ stdout, stderr, environment }: CommandIo): Promise<number> {
  const { startStandins } = await import('../standins/index.ts');
  const running = await startStandins({
    seed: 'demo',
    investSuitePort: portOf(environment['STANDINS_INVESTSUITE_PORT']),
    upvestPort: portOf(environment['STANDINS_UPVEST_PORT']),
    ...(environment['STANDINS_WEBHOOK_URL'] === undefined ? {} : { webhookUrl: environment['STANDINS_WEBHOOK_URL'] }),
  });
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

const portOf = (text: string | undefined): number => (text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0);
