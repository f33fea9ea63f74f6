/** An event of a `text/event-stream`. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  /** Undefined where the event has none. */
  readonly id: string | undefined;
}

/** Longest event: more is not one of a gateway. */
const LONGEST = 16 * 1024 * 1024;

/**
 * Complete events of a stream of bytes, as WHATWG HTML 9.2 has them; what was cut off at the end is left out. `onBytes` is called for
 * whatever arrives, comments included.
 */
export async function* eventsOf(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      rest += decoder.decode(value, { stream: true });
      if (rest.length > LONGEST) throw new Error('An event is longer than 16 MiB.');
      // A CR at the end may be the first half of CR LF.
      const blocks = rest.split(/\r\n\r\n|\n\n|\r\r(?!\n|$)/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    // A stream that has ended already, or with an error, has nothing left to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

function eventOf(block: string): StreamEvent | undefined {
  let type = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data') data.push(value);
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
  }
  return data.length === 0 ? undefined : { type, data: data.join('\n'), id };
}
