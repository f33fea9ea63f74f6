import { describe, expect, it } from 'vitest';
import { KafkaClientError, requireKafkaClient } from '../../src/ingest/index.ts';

const failing = (code: string) => () => Promise.reject(Object.assign(new Error('no'), { code }));

describe('the client of Kafka, an optional peer', () => {
  it('is loaded where it is installed', async () => {
    await requireKafkaClient();
  });

  it('that is missing is an error that says what to install', async () => {
    const error = await requireKafkaClient(failing('ERR_MODULE_NOT_FOUND')).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(KafkaClientError);
    expect(String(error)).toContain('npm install @platformatic/kafka@1');
  });

  it('that is broken is told as it is', async () => {
    await expect(requireKafkaClient(failing('ERR_OTHER'))).rejects.toThrow('no');
  });
});
