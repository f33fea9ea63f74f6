import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Standins } from '../../src/standins/index.ts';
import { build } from './build.ts';
import { eventually } from './gateway.ts';
import type { TestIssuer } from './issuer.ts';
import { type Program, runProgram } from './program.ts';

/** The program as a bank runs it, in a process of its own: upstreams and tokens set, nothing asked for besides. */
export interface ServingProgram extends Program {
  readonly url: string;
  readonly port: number;
  /** Ends it and takes its data away. */
  end(): Promise<void>;
}

/** All settings that reach stand-ins and an issuer. */
export const settingsFor = ({ investSuite, upvest }: Standins, issuer: TestIssuer): Record<string, string> => ({
  INVESTSUITE_URL: investSuite.url,
  INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
  INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
  UPVEST_URL: upvest.url,
  UPVEST_CLIENT_ID: upvest.credentials.clientId,
  UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
  UPVEST_KEY_ID: upvest.credentials.keyId,
  UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem,
  AUTH_JWKS_URL: issuer.settings.jwksUrl,
  AUTH_ISSUER: issuer.settings.issuer,
  AUTH_AUDIENCE: issuer.settings.audience,
});

/** `invest-gateway serve` on a free port, from dist/. */
export async function serveProgram(settings: Record<string, string>): Promise<ServingProgram> {
  build();
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-serving-'));
  const program = runProgram(['serve'], { NODE_ENV: 'production', PORT: '0', DATA_DIR: dataDir, ...settings });
  const port = await eventually(() => {
    const listening = /"port":(\d+)/.exec(program.stdout())?.[1];
    if (listening === undefined) throw new Error(`not listening yet: ${program.stderr()}${program.stdout()}`);
    return Number(listening);
  });
  return {
    ...program,
    port,
    url: `http://127.0.0.1:${port}`,
    end: async () => {
      await program.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
