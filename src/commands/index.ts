import type { Command } from './command.ts';
import { USAGES } from './usages.ts';

/** All commands. Each loads what it needs when it runs, so that `--help` is instant. */
export const commands: readonly Command[] = [
  {
    name: 'serve',
    usage: USAGES.serve,
    takesNothing: true,
    help: 'Run the gateway. Without upstream settings, outside production: with stand-ins for both upstreams.',
    run: async (io) => (await import('./serve.ts')).serve(io),
  },
  {
    name: 'standins',
    usage: USAGES.standins,
    takesNothing: true,
    help: 'Run only the stand-ins of InvestSuite and Upvest and print the settings that reach them.',
    run: async (io) => (await import('./standins.ts')).standins(io),
  },
  {
    name: 'sandbox',
    usage: USAGES.sandbox,
    help: 'Set the clock of running stand-ins forward, force outcomes, book dividends, cut them off. Never in production.',
    run: async (io) => (await import('./sandbox/index.ts')).sandbox(io),
  },
  {
    name: 'doctor',
    usage: USAGES.doctor,
    help: "Check the settings, and try the database, the upstreams and all else that is set. Registers Upvest's webhook.",
    run: async (io) => (await import('./doctor.ts')).doctor(io),
  },
  {
    name: 'webhooks',
    usage: USAGES.webhooks,
    help: "Show Upvest's webhook and the keys of its deliveries, register it, or replace it by a new one.",
    run: async (io) => (await import('./webhooks.ts')).webhooks(io),
  },
  {
    name: 'inbox',
    usage: USAGES.inbox,
    help: 'List events that could not be worked with, or have them worked on again.',
    run: async (io) => (await import('./inbox.ts')).inbox(io),
  },
  {
    name: 'reviews',
    usage: USAGES.reviews,
    help: 'List what needs a person, show one with its history, or resolve it.',
    run: async (io) => (await import('./reviews.ts')).reviews(io),
  },
  {
    name: 'schema',
    usage: USAGES.schema,
    help: 'Print the graph in GraphQL schema language.',
    run: async (io) => (await import('./schema.ts')).printGraph(io),
  },
  {
    name: 'reconcile',
    usage: USAGES.reconcile,
    help: 'Compare every workflow with what both upstreams have, and tell each difference.',
    run: async (io) => (await import('./reconcile.ts')).reconcileCommand(io),
  },
  {
    name: 'sync',
    usage: USAGES.sync,
    help: 'Compare every portfolio with the broker, and have InvestSuite brought to what the broker has.',
    run: async (io) => (await import('./sync.ts')).sync(io),
  },
  {
    name: 'audit',
    usage: USAGES.audit,
    help: 'Check that no row of the audit was altered, removed or inserted; show the entries of one object.',
    run: async (io) => (await import('./audit.ts')).audit(io),
  },
  {
    name: 'backup',
    usage: USAGES.backup,
    help: 'Copy the embedded database into a file while a gateway runs.',
    run: async (io) => (await import('./backup.ts')).backup(io),
  },
  {
    name: 'version',
    usage: USAGES.version,
    takesNothing: true,
    help: 'Print the version.',
    run: async (io) => (await import('./version.ts')).printVersion(io),
  },
];

export async function usage(): Promise<string> {
  const { settingsHelp } = await import('../settings-help.ts');
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.help}`);
  return [
    'invest-gateway: one graph over InvestSuite and Upvest',
    '',
    'Usage: invest-gateway <command>',
    '',
    ...lines,
    '',
    'invest-gateway <command> --help tells more of one of them.',
    '',
    'Settings are environment variables:',
    '',
    settingsHelp(),
    '',
    'Exit codes: 0 done; 1 it could not be done, or something is wrong; 2 the command line is wrong.',
    '',
  ].join('\n');
}
