export type { CopyProgress } from './copy.ts';
export { type DirectoryOptions, InstrumentDirectory } from './directory.ts';
export type { Place } from './search-index.ts';
