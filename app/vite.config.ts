import { defineConfig } from 'vite';

/** Where a gateway runs while the page is being worked on (`npx vite app`); the built page asks where it came from. */
const GATEWAY = 'http://localhost:4000';

export default defineConfig({
  build: {
    // The gateway's policy lets in files of its own, nothing written into others as data.
    assetsInlineLimit: 0,
    target: 'es2022',
  },
  server: { proxy: { '/graphql': { target: GATEWAY, ws: true }, '/sandbox': GATEWAY } },
});
