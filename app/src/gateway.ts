import type { Connection } from '../../client/index.ts';
import { tokenState } from './token.ts';

/** The gateway that this page came from. */
export const gateway: Connection = { url: '/graphql', token: () => tokenState.get().token };
