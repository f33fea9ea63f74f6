import { existsSync, readFileSync } from 'node:fs';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { settingGroups } from '../../src/settings-help.ts';
import { startWorld, type World } from '../helpers/world.ts';

const text = (file: string): string => readFileSync(file, 'utf8');

const rules = z
  .object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(
          z
            .object({
              alert: z.string().regex(/^Gateway[A-Za-z]+$/),
              expr: z.string(),
              for: z
                .string()
                .regex(/^\d+[smh]$/)
                .optional(),
              labels: z.object({ severity: z.enum(['page', 'ticket']) }),
              annotations: z.object({ summary: z.string(), runbook: z.string() }),
            })
            .strict(),
        ),
      }),
    ),
  })
  .parse(parse(text('deploy/alerts.yaml')));
const alerts = rules.groups.flatMap((group) => group.rules);

const dashboard = z
  .object({
    uid: z.string(),
    templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string(),
        type: z.string(),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z
          .array(z.object({ expr: z.string(), datasource: z.object({ uid: z.string().regex(/^\$\{datasource\}$/) }) }))
          .default([]),
      }),
    ),
  })
  .parse(JSON.parse(text('deploy/grafana-dashboard.json')));

const EXPRESSIONS = [
  ...alerts.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [`panel ${title}`, expr] as const)),
];

describe('dashboard and alerts', () => {
  let world: World;
  /** Names of samples (`…_bucket` too) and the labels that they have. */
  const samples = new Map<string, Set<string>>();
  beforeAll(async () => {
    world = await startWorld();
    await world.ask('{ portfolios(first: 3) { edges { node { cashBalance { balance } } } } }');
    await fetch(`${world.url}/webhooks/upvest`, { method: 'POST', body: '{}' });
    const metrics = world.gateway.metrics;
    metrics.droppedRow('UPVEST', 'order', 1);
    metrics.orderTrouble('in-doubt');
    metrics.sharedRead('UPVEST');
    metrics.inboxEvents('logged', 1);
    for (const line of (await (await fetch(`${world.url}/metrics`)).text()).split('\n')) {
      const found = /^(gateway_\w+)(?:\{(.*)\})? /.exec(line);
      if (found === null) continue;
      const labels = samples.get(found[1] ?? '') ?? new Set(['job', 'instance']);
      for (const [, label = ''] of (found[2] ?? '').matchAll(/(\w+)="/g)) labels.add(label);
      samples.set(found[1] ?? '', labels);
    }
    // Nothing is open on a new database, so no sample shows its labels.
    for (const name of ['gateway_workflows_open']) samples.set(name, new Set(['kind', 'state']));
    samples.set('gateway_synchronization_problems', new Set(['type']));
  });
  afterAll(() => world.stop());

  it.each(EXPRESSIONS)('%s asks for what /metrics has', (_where, expr) => {
    const names = [...expr.matchAll(/\b(gateway_\w+)/g)].map((match) => match[1] ?? '');
    if (!expr.startsWith('up{')) expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !samples.has(name))).toEqual([]);
    const known = new Set(names.flatMap((name) => [...(samples.get(name) ?? [])]));
    const labels = [
      ...[...expr.matchAll(/\bgateway_\w+\{([^}]*)\}/g)].flatMap((match) =>
        [...(match[1] ?? '').matchAll(/(\w+)\s*[=!]/g)].map((each) => each[1] ?? ''),
      ),
      ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) =>
        (match[1] ?? '').split(',').map((each) => each.trim()),
      ),
    ];
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
    for (const [open, close] of ['()', '{}', '[]']) {
      expect(expr.split(open ?? '').length, expr).toBe(expr.split(close ?? '').length);
    }
  });

  it('lead each to a heading that says what it means, how to see it and what to do', () => {
    const page = text('docs/alerts.md');
    const sections = new Map(page.split(/^## /m).map((section) => [section.split('\n')[0] ?? '', section]));
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
      for (const part of ['**Means**', '**See**', '**Do**']) expect(sections.get(alert), alert).toContain(part);
    }
    const named = [...sections.keys()].filter((heading) => heading.startsWith('Gateway'));
    expect(named.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('alert on everything that the page on operations names', () => {
    const page = text('docs/operations.md');
    const wake = /^Alert on ([\s\S]*?)\n\n/m.exec(page)?.[1] ?? '';
    const names = [...wake.matchAll(/gateway_\w+/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names)
      expect(
        alerts.some(({ expr }) => expr.includes(name)),
        name,
      ).toBe(true);
  });

  it('have panels that do not lie on each other', () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('the Dockerfile', () => {
  const file = text('Dockerfile');
  const lines = file.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const second = lines.findLastIndex((line) => line.startsWith('FROM'));
  const [build, run] = [lines.slice(0, second), lines.slice(second)];

  it('has nothing that a linter finds', () => {
    expect(validate(file).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it('has two stages on one pinned image, and runs as an ordinary user', () => {
    const images = lines.filter((line) => line.startsWith('FROM')).map((line) => line.split(' ')[1]);
    expect(images).toHaveLength(2);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim$/);
    const user = run.indexOf('USER node');
    expect(user).toBeGreaterThan(0);
    // Nothing is run or copied by that user, so that what runs can't change itself.
    expect(run.slice(user).filter((line) => /^(RUN|COPY|ADD) /.test(line))).toEqual([]);
    expect(file).not.toMatch(/^ADD|--chown|sudo|curl|:latest|apt-get/m);
  });

  it('takes into the second stage only what runs', () => {
    const copies = run.filter((line) => line.startsWith('COPY'));
    expect(copies.every((line) => line.startsWith('COPY --from=build /app/'))).toBe(true);
    expect(build.join('\n')).toContain('npm prune --omit=dev');
  });

  it('runs Node as npm start and the bench do', () => {
    const flag = '--max-semi-space-size=64';
    const { scripts } = z.object({ scripts: z.object({ start: z.string() }) }).parse(JSON.parse(text('package.json')));
    expect(scripts.start).toContain(`node ${flag} dist/cli.js serve`);
    expect(text('bench/support/program.mjs')).toContain(`NODE_FLAGS = ['${flag}']`);
    expect(run.join('\n')).toContain(`ENTRYPOINT ["node", "${flag}", "dist/cli.js"]`);
  });

  it('copies only files that are there and that .dockerignore lets in', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const line of build.filter((each) => each.startsWith('COPY'))) {
      for (const source of line.split(' ').slice(1, -1)) {
        expect(existsSync(source), source).toBe(true);
        expect(allowed, source).toContain(source);
      }
    }
    expect(text('.dockerignore').split('\n')).toContain('*');
  });
});

describe('compose.yaml', () => {
  const service = z.object({
    image: z.string().optional(),
    build: z.string().optional(),
    init: z.boolean().optional(),
    environment: z.record(z.string(), z.union([z.string(), z.number()])),
    depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).optional(),
    healthcheck: z.object({ test: z.array(z.string()) }).optional(),
    ports: z.array(z.string()).optional(),
  });
  const { services } = z
    .object({ services: z.object({ gateway: service, postgres: service, kafka: service }), volumes: z.unknown() })
    .parse(parse(text('compose.yaml')));
  const { gateway, postgres, kafka } = services;

  /** As compose puts in what the shell has: `${NAME:-otherwise}`. */
  const environment = (given: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(gateway.environment).map(([name, value]) => [
        name,
        String(value).replace(
          /\$\{(\w+):-([^}]*)\}/g,
          (_all, variable: string, otherwise: string) => given[variable] || otherwise,
        ),
      ]),
    );

  it('sets only what the gateway knows', () => {
    const known = [...settingGroups().values()].flat().map(({ name }) => name);
    expect(Object.keys(gateway.environment).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('gives settings that hold, as they are and with everything given', () => {
    const asItIs = readConfig(environment({}));
    expect(asItIs).toMatchObject({ ok: true, config: { bus: { brokers: ['kafka:9092'] }, upstreams: undefined } });
    const variables = [...text('compose.yaml').matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '');
    const givenTo = (name: string): string => (name.endsWith('_URL') ? 'https://x.example' : 'x');
    const given = {
      ...Object.fromEntries(variables.map((name) => [name, givenTo(name)])),
      ALLOW_ANONYMOUS_OPERATOR: 'off',
    };
    expect(readConfig(environment({ ...given, NODE_ENV: 'production' }))).toMatchObject({ ok: true });
    expect(readConfig(environment({ NODE_ENV: 'production' })).ok).toBe(false);
  });

  it('waits for its databases, with pinned images, reachable on this machine only', () => {
    expect(Object.keys(gateway.depends_on ?? {})).toEqual(['postgres', 'kafka']);
    for (const each of [postgres, kafka]) {
      expect(each.image).toMatch(/^[\w/]+:\d+\.\d+/);
      expect(each.healthcheck?.test[0]).toBe('CMD');
      expect(each.ports).toBeUndefined();
    }
    expect(gateway.init).toBe(true);
    for (const port of gateway.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    const url = new URL(environment({})['DATABASE_URL'] ?? '');
    expect([url.username, url.hostname, url.pathname]).toEqual([
      postgres.environment['POSTGRES_USER'],
      'postgres',
      `/${postgres.environment['POSTGRES_DB']}`,
    ]);
    expect(String(kafka.environment['KAFKA_ADVERTISED_LISTENERS'])).toContain('kafka:9092');
  });
});
