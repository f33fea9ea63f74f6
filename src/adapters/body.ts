/**
 * The bytes of a request as they came; undefined where there are more than so many. `onBytes` is called with the number of
 * bytes that arrive, and may refuse them by throwing.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  onBytes?: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('content-length') ?? '0') > maxBytes) return undefined;
  // A body parser of the host's may have read it: then its text is what the parser has made of it.
  if (request.body === null) return new TextEncoder().encode(await request.text());
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, bytes);
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    onBytes?.(value.byteLength);
    chunks.push(value);
  }
}
