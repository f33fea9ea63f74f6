import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { SECURITY_HEADERS } from '../../adapters/answer-headers.ts';
import { isLocalName } from '../../callers/local-names.ts';
import { isLoopbackAddress } from '../../callers/loopback.ts';
import type { CommandIo } from '../command.ts';
import { ACTS, OPTIONS } from './acts.ts';
import { actOf } from './run.ts';
import { SandboxError, type Standins } from './standins.ts';

/** Where the app's page finds the sandbox of the stand-ins that `serve` runs. */
export const SANDBOX_PATH = '/sandbox';

const MAX_BODY_BYTES = 4_096;

const asked = z.strictObject({
  act: z.string(),
  words: z.array(z.string()).default([]),
  options: z.partialRecord(z.enum(Object.keys(OPTIONS)), z.string()).default({}),
});

/** True: answered. False: another path. */
export type SandboxPanel = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * The acts of `invest-gateway sandbox` for the app's page: GET answers the names of the acts, none where no stand-ins run; POST
 * `{"act", "words", "options"}` answers `{"said"}`, or `{"error"}` with 422. Only for pages of the gateway itself in a browser
 * of this machine: the stand-ins' own controls refuse browsers.
 */
export function sandboxPanel(standins: Standins | undefined, { stderr }: Pick<CommandIo, 'stderr'>): SandboxPanel {
  return (request, response) => {
    if (request.url?.split('?', 1)[0] !== SANDBOX_PATH) return false;
    answerTo(request, standins).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        stderr.write(`invest-gateway: the sandbox failed: ${error instanceof Error ? error.message : String(error)}\n`);
        send(response, { status: 500, body: { error: 'The sandbox failed.' } });
      },
    );
    return true;
  };
}

async function answerTo(request: IncomingMessage, standins: Standins | undefined): Promise<Answer> {
  const isHere = isOfThisMachine(request);
  if (request.method === 'GET')
    return { status: 200, body: { acts: isHere && standins !== undefined ? Object.keys(ACTS) : [] } };
  if (request.method !== 'POST') return refusal(405, 'The sandbox takes GET and POST.');
  if (standins === undefined) return refusal(404, 'No stand-ins run here.');
  if (!isHere || !isOfOwnPage(request))
    return refusal(403, 'The sandbox is for pages of the gateway in a browser of this machine.');
  if (!(Number(request.headers['content-length']) <= MAX_BODY_BYTES))
    return refusal(413, 'The request is too long, or does not say how long it is.');
  return await act(await text(request), standins);
}

const refusal = (status: number, error: string): Answer => ({ status, body: { error } });

async function act(body: string, standins: Standins): Promise<Answer> {
  const request = asked.safeParse(parsed(body));
  if (!request.success) return refusal(422, z.prettifyError(request.error));
  const { act: name, words, options } = request.data;
  const found = actOf(name, words);
  if (typeof found === 'string') return refusal(422, found);
  try {
    return { status: 200, body: { said: await found.run(standins, { words, options }) } };
  } catch (error) {
    if (error instanceof SandboxError) return refusal(422, error.message);
    throw error;
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** From this machine, and under a name that public DNS can't lead here (DNS rebinding). */
const isOfThisMachine = ({ socket: { remoteAddress = '' }, headers: { host } }: IncomingMessage): boolean =>
  isLoopbackAddress(remoteAddress) && isLocalName(host, []);

/** A page of another site can't send JSON without being asked first, and tells its origin. */
const isOfOwnPage = ({ headers: { origin, host, 'content-type': type = '' } }: IncomingMessage): boolean =>
  /^application\/json\s*(;|$)/i.test(type) && (origin === undefined || hostOf(origin) === host);

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

function send(response: ServerResponse, { status, body }: Answer): void {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
