import type { Dispatcher } from 'undici';

/** What a request is rejected with that must not be sent any more. Not a byte of it has left. */
export const FENCED = new Error('the request must not be sent any more');

/**
 * Asks, right before a request is written to its socket, whether it may still be sent. Between an earlier look and that
 * moment lie the wait for a place, a token and a connection, and a process may be stopped in any of them. undici calls
 * `onRequestStart` in the same turn of the event loop in which it hands all bytes of a short request to the kernel.
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
