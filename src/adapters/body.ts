/** The body can't be taken. */
export class BodyError extends Error {
  /** 408: it came too slowly. 413: it is larger than allowed. */
  readonly status: 408 | 413;

  constructor(status: 408 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

export interface BodyOptions {
  /** Whole mebibytes. */
  readonly maxBytes: number;
  /** Called with the number of bytes of each chunk that arrives; refuses it by throwing. */
  readonly onBytes: (count: number) => void;
  /** How long all of it may take, in milliseconds. Default: as long as the connection is there. */
  readonly ms?: number | undefined;
}

/** The bytes of a request as they came. Rejects with a BodyError, or with what `onBytes` has thrown. */
export async function readBody(
  request: Request,
  { maxBytes, onBytes, ms }: BodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): BodyError => new BodyError(413, `The body is larger than ${maxBytes / 2 ** 20} MiB.`);
  if (Number(request.headers.get('content-length') ?? '0') > maxBytes) throw tooLarge();
  // A body parser of the host's may have read it: then its text is what the parser has made of it.
  if (request.body === null) return new TextEncoder().encode(await request.text());
  const reader = request.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    if (ms !== undefined) timer = setTimeout(() => reject(new BodyError(408, 'The body came too slowly.')), ms);
  });
  // Prevents an unhandled rejection.
  late.catch(() => undefined);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return Buffer.concat(chunks, bytes);
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge();
      onBytes(value.byteLength);
      chunks.push(value);
    }
  } catch (error) {
    // Not waited for: a client that sends nothing would not let it end.
    reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
