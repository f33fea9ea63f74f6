import { createServer } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkBrokers, checkIssuer } from '../../src/commands/doctor-checks.ts';
import { commands } from '../../src/commands/index.ts';
import { build } from '../helpers/build.ts';
import { freePort, listenOnLoopback } from '../helpers/http.ts';
import { startIssuer } from '../helpers/issuer.ts';
import { runProgram } from '../helpers/program.ts';

beforeAll(build);

const finished = async (args: readonly string[], settings: Record<string, string> = {}) => {
  const program = runProgram(args, settings);
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
};

describe('each command', () => {
  it('prints its usage and its exit codes for --help, and does nothing else', async () => {
    const asked = commands.map(async ({ name, usage }) => {
      const { code, stdout, stderr } = await finished([name, '--help']);
      expect([code, stdout, stderr]).toEqual([0, usage, '']);
      expect(usage).toMatch(new RegExp(`^Usage: invest-gateway ${name}`));
      expect(usage).toMatch(/^Exit codes: 0 .*; 2 the command line is\s+wrong\.$/ms);
      for (const line of usage.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    });
    await Promise.all(asked);
  }, 40_000);

  it('refuses an unknown command with exit code 2, and prints its usage', async () => {
    const asked = commands.map(async ({ name }) => {
      const { code, stdout, stderr } = await finished([name, '--fly', 'away'], { PORT: '0' });
      expect([name, code, stdout]).toEqual([name, 2, '']);
      expect(stderr).toContain(`Usage: invest-gateway ${name}`);
    });
    await Promise.all(asked);
  }, 40_000);
});

describe('help', () => {
  it('comes without a command too, and of one command by its name', async () => {
    const [none, help, short, of, ofNone] = await Promise.all(
      [[], ['help'], ['-h'], ['help', 'inbox'], ['help', 'fly']].map((args) => finished(args)),
    );
    expect(none?.stdout).toContain('Usage: invest-gateway <command>');
    expect([help?.stdout, short?.stdout]).toEqual([none?.stdout, none?.stdout]);
    expect(of?.stdout).toContain('invest-gateway inbox replay');
    expect([ofNone?.code, ofNone?.stdout]).toEqual([2, '']);
  });
});

describe('standins', () => {
  it.each(['taken', 'x', '70000'])('reports a port that is %s', async (port) => {
    const holder = await listenOnLoopback(createServer());
    const value = port === 'taken' ? new URL(holder.url).port : port;
    const { code, stderr } = await finished(['standins'], { STANDINS_UPVEST_PORT: value });
    await holder.stop();
    expect(code).toBe(1);
    expect(stderr).toContain('STANDINS_UPVEST_PORT');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('the doctor', () => {
  it("tries the token issuer's keys", async () => {
    const issuer = await startIssuer();
    expect(await checkIssuer(issuer.settings)).toMatchObject({ problem: null, message: '1 found' });
    await issuer.stop();
    expect(await checkIssuer(issuer.settings)).toMatchObject({ problem: 'unreachable' });
    const server = await listenOnLoopback(createServer((_request, response) => response.end('{"keys":[]}')));
    expect(await checkIssuer({ ...issuer.settings, jwksUrl: server.url })).toMatchObject({ problem: 'no-keys' });
    await server.stop();
  });

  it('tries each Kafka broker', async () => {
    const server = await listenOnLoopback(createServer());
    const brokers = [new URL(server.url).host, `127.0.0.1:${await freePort()}`];
    const tried = await checkBrokers({ brokers });
    expect(tried.map(({ problem }) => problem)).toEqual([null, 'unreachable']);
    await server.stop();
  });
});
