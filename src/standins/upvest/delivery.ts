import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Posts bytes once. Returns the status, or null without an answer in time. */
export function postOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  timeoutMs: number,
  stopping: AbortSignal,
): Promise<number | null> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
    const request = send(url, { method: 'POST', headers, signal }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? null));
      response.once('error', () => resolve(null));
    });
    request.once('error', () => resolve(null));
    request.end(body);
  });
}

/** The documented waits between attempts, in seconds: 1, 2, 3, 5, 8 … 600. */
export function retryWaitSeconds(attempt: number): number {
  let [wait, next] = [1, 2];
  for (let i = 1; i < attempt && wait < 600; i += 1) [wait, next] = [next, wait + next];
  return Math.min(wait, 600);
}
