export { sandbox } from './run.ts';
export { STANDINS_FILE } from './standins.ts';
