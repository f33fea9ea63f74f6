import { type Setting, settingsIn, settingsOf } from './settings.ts';

/** A setting as `--help` and docs/settings.md show it. */
interface Shown extends Pick<Setting, 'name' | 'secret'> {
  readonly help: string;
}

const helpOf = ({ help, otherwise = '' }: Setting): string =>
  otherwise === '' || help.includes('Default ') ? help : `${help} Default ${otherwise}.`;

/** All settings by the title of their group. */
export function settingGroups(): ReadonlyMap<string, readonly Shown[]> {
  const groups = new Map<string, Shown[]>();
  for (const setting of settingsIn(settingsOf({ production: false, authenticated: false }))) {
    const group = groups.get(setting.group) ?? [];
    groups.set(setting.group, group);
    group.push({ name: setting.name, help: helpOf(setting), secret: setting.secret });
    if (setting.orFile !== undefined) group.push(setting.orFile);
  }
  return groups;
}

/** The text of `--help` about settings. */
export function settingsHelp(): string {
  const groups = settingGroups();
  const width = Math.max(...[...groups.values()].flat().map(({ name }) => name.length));
  const lines = (settings: readonly Shown[]) => settings.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`);
  return [...groups].map(([title, settings]) => [`${title}:`, ...lines(settings)].join('\n')).join('\n\n');
}

/** docs/settings.md. */
export function settingsPage(): string {
  const row = ({ name, help, secret }: Shown) => `| \`${name}\`${secret ? ' (secret)' : ''} | ${help} |`;
  const tables = [...settingGroups()].map(([title, settings]) =>
    [`## ${title}`, '', '| variable | what it does |', '|---|---|', ...settings.map(row)].join('\n'),
  );
  const head = 'Environment variables of `invest-gateway serve` and of `optionsFrom`. An empty one counts as not set.';
  return `# Settings\n\n<!-- Made from src/settings.ts: npx vitest run test/config.test.ts -u -->\n\n${head}\n\n${tables.join('\n\n')}\n`;
}
