export { type SandboxPanel, sandboxPanel } from './panel.ts';
export { sandbox } from './run.ts';
export { STANDINS_FILE, standinsAt } from './standins.ts';
