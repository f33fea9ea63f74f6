import { type Runtime, systemRuntime } from './domain/runtime.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { openStore, type Store } from './store/index.ts';

export const runtimeOf = ({ runtime, store }: GatewayOptions): Runtime =>
  runtime ?? (isStore(store) ? store.runtime : systemRuntime);

const isStore = (store: GatewayOptions['store']): store is Store => store !== undefined && 'read' in store;

export const isShared = (store: GatewayOptions['store']): boolean =>
  isStore(store) ? store.isShared : store?.databaseUrl !== undefined;

export async function storeOf(
  { store }: GatewayOptions,
  runtime: Runtime,
  onTrouble: (what: string, error: unknown) => void,
): Promise<Store> {
  if (isStore(store)) return store;
  return await openStore({ ...store, dataDir: store?.dataDir ?? './data', runtime, onTrouble });
}
