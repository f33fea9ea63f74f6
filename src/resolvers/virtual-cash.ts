import * as commands from '../workflows/index.ts';
import { moneyMutation } from './commands.ts';

export const increaseVirtualCash = moneyMutation('virtualCashMovement', commands.increaseVirtualCash);
export const decreaseVirtualCash = moneyMutation('virtualCashMovement', commands.decreaseVirtualCash);
export const cancelVirtualCashDecrease = moneyMutation('virtualCashMovement', commands.cancelVirtualCashDecrease);
