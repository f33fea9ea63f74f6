// The stub upstreams in a process of its own, which is told by messages what to play.
import { change, server, takeCalls } from './rest-server.mjs';

const COMMANDS = {
  start: async (options) => {
    change(options);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}` };
  },
  change: (options) => {
    change(options);
    return {};
  },
  calls: takeCalls,
};

process.on('message', async ({ id, command, ...options }) => {
  try {
    process.send({ id, answer: await COMMANDS[command](options) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});

// The parent process is gone.
process.on('disconnect', () => process.exit());
