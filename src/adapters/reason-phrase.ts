import { STATUS_CODES } from 'node:http';

/** A Response has none by itself. HTTP/1.1 allows an empty one; some probes look for `200 OK` all the same. */
export function withReasonPhrase(response: Response): Response {
  if (response.statusText !== '') return response;
  return Object.defineProperty(response, 'statusText', { value: STATUS_CODES[response.status] ?? '' });
}
