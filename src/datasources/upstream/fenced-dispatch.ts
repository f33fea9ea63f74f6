import type { Dispatcher } from 'undici';

/** Rejection of a request that must not be sent any more. No byte of it was sent. */
export const FENCED = new Error('the request must not be sent any more');

/**
 * Checks, right before a request is written to its socket, whether it may still be sent. Between an earlier check and
 * that moment it may wait for a slot, a token and a connection, and the process may be stopped. undici calls
 * `onRequestStart` in the turn of the event loop in which it hands all bytes of a short request to the kernel.
 */
export function fenced(dispatcher: Dispatcher, maySend: () => boolean): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, fencedHandler(handler, maySend)));
}

function fencedHandler(handler: Dispatcher.DispatchHandler, maySend: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      if (!maySend()) throw FENCED;
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...all) => handler.onRequestUpgrade?.(...all),
    onResponseStart: (...all) => handler.onResponseStart?.(...all),
    onResponseData: (...all) => handler.onResponseData?.(...all),
    onResponseEnd: (...all) => handler.onResponseEnd?.(...all),
    onResponseError: (...all) => handler.onResponseError?.(...all),
  };
}
