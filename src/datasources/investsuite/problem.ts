import { bodyIfAny } from '../upstream/answers.ts';
import { type ExactJson, isList, member } from '../upstream/exact-json.ts';
import type { Problem } from '../upstream/outcome.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';

/**
 * Problem of a refusal. The documented bodies have no common shape: `detail` is a list of `{loc, msg, type}` (400, 422)
 * or a text (403, 404), 401 has `description` and `request_id`, a missing optimization `message` and `details`. `body`
 * echoes the request and is never read. Anything else gives an empty problem.
 */
export function readProblem(answer: WireAnswer): Problem {
  const body = bodyIfAny(answer) ?? null;
  const items = faults(body);
  return {
    type: items[0]?.type ?? null,
    title: text(body, 'title') ?? text(body, 'message') ?? null,
    detail: items.length > 0 ? items.map((item) => `${item.path}: ${item.message}`).join('; ') : plainDetail(body),
    requestId: text(body, 'request_id') ?? null,
  };
}

interface Fault {
  /** `body.config.manager` */
  readonly path: string;
  readonly message: string;
  readonly type: string | null;
}

const plainDetail = (body: ExactJson): string | null =>
  text(body, 'detail') ?? text(body, 'description') ?? text(body, 'details') ?? null;

function faults(body: ExactJson): readonly Fault[] {
  const detail = member(body, 'detail');
  if (!isList(detail)) return [];
  return detail.slice(0, 20).map((item) => {
    const location = member(item, 'loc');
    return {
      path: isList(location) ? location.map(String).join('.') : '',
      message: text(item, 'msg') ?? '',
      type: text(item, 'type')?.toLowerCase() ?? null,
    };
  });
}

function text(value: ExactJson, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
