import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from './helpers/build.ts';
import { eventually } from './helpers/gateway.ts';
import { freePort } from './helpers/http.ts';
import { startWorld, type World } from './helpers/world.ts';

const README = readFileSync('README.md', 'utf8');

/** The code blocks of a language, in order. */
const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');

let world: World;
beforeAll(async () => {
  build();
  world = await startWorld();
}, 120_000);
afterAll(() => world.stop());

describe('the README', () => {
  it('shows the two commands, and both scripts exist', () => {
    expect(blocks('sh').map((block) => block.trim())).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String), prepare: expect.any(String) });
  });

  it('has a command that opens the graph in front of stand-ins, traced where the process has an SDK', async () => {
    const folder = mkdtempSync(join(process.cwd(), 'test-results-'));
    const tracing = write(folder, 'tracing.mjs', TRACING);
    const port = await freePort();
    const [install, start = ''] = blocks('sh')[0]?.trim().split(' && ') ?? [];
    // Installed it is already, or this test would not run.
    expect(install).toBe('npm ci');
    const program = spawn('sh', ['-c', `exec ${start}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        DATA_DIR: join(folder, 'data'),
        NODE_OPTIONS: `--import ${tracing}`,
      },
    });
    let output = '';
    for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const ended = new Promise((resolve) => program.once('close', resolve));
    try {
      const page = await eventually(
        () => fetch(`http://localhost:${port}/graphql`, { headers: { accept: 'text/html' } }),
        30_000,
      );
      expect(await page.text()).toContain('GraphiQL');
      const answer = await fetch(`http://localhost:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: blocks('graphql')[0] }),
      });
      expect(await answer.json()).toMatchObject({ data: { portfolios: { edges: [{}, {}, {}] } } });
      expect(output).toContain('STAND-INS');
      await eventually(() => expect(output).toContain('span graphql query'));
    } finally {
      if (program.pid !== undefined) process.kill(-program.pid, 'SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('has a first query that returns data of both systems', async () => {
    const answer = await world.ask(blocks('graphql')[0] ?? '');
    expect(answer.errors).toBeUndefined();
    const { portfolios } = answer.data as { portfolios: { edges: { node: Record<string, unknown> }[] } };
    expect(portfolios.edges).toHaveLength(3);
    expect(portfolios.edges.some(({ node }) => node['cashBalance'] !== null)).toBe(true);
    expect(portfolios.edges.some(({ node }) => node['reconciliation'] !== null)).toBe(true);
  });

  it('has an embedding that runs as printed', async () => {
    // Inside the project, so that the package finds itself by its name.
    const folder = mkdtempSync(join(process.cwd(), 'test-results-'));
    const { investSuite, upvest } = world;
    const port = await freePort();
    const program = spawn(process.execPath, [write(folder, 'embed.mjs', blocks('ts')[0] ?? '')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        INVESTSUITE_URL: investSuite.url,
        INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
        INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
        UPVEST_URL: upvest.url,
        UPVEST_CLIENT_ID: upvest.credentials.clientId,
        UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
        UPVEST_KEY_ID: upvest.credentials.keyId,
        UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem,
      },
    });
    try {
      const answer = await eventually(() =>
        fetch(`http://localhost:${port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: '{ portfolios(first: 1) { edges { node { id cashBalance { balance } } } } }' }),
        }),
      );
      expect(await answer.json()).toMatchObject({ data: { portfolios: { edges: [{}] } } });
    } finally {
      program.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('points to files that exist', () => {
    const links = [...README.matchAll(/\]\(([^)#]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !link.includes('://'));
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });

  it('has docs whose links lead somewhere', () => {
    for (const doc of ['docs/architecture.md', 'docs/glossary.md', 'docs/deposits.md', 'docs/withdrawals.md']) {
      const links = [...readFileSync(doc, 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
      expect(
        links.filter((link) => !link.includes('://') && !existsSync(join(dirname(doc), link))),
        doc,
      ).toEqual([]);
    }
  });
});

/** The file that an operator has Node load first, here with an exporter that prints. */
const TRACING = `
  import { trace } from '@opentelemetry/api';
  import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
  const exporter = { export: (spans, done) => { for (const { name } of spans) console.error('span ' + name); done({ code: 0 }); }, shutdown: async () => {} };
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
`;

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A port that was free a moment ago. */
