# syntax=docker/dockerfile:1
# What is needed to build stays in the first stage; what runs is in the second.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json schema.graphql ./
COPY client client
COPY app app
COPY scripts/build.mjs scripts/build.mjs
COPY src src
# The client of Kafka is an optional peer, so a production install leaves it out; a gateway with KAFKA_BROKERS needs it.
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts \
  && npm install --no-save --omit=dev --ignore-scripts @platformatic/kafka@1.35.0

FROM node:20.20.2-bookworm-slim
ENV HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node /data
COPY --from=build /app/package.json /app/schema.graphql ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME ["/data"]
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Room for what many requests hold at the same time; see docs/performance.md.
ENTRYPOINT ["node", "--max-semi-space-size=64", "dist/cli.js"]
CMD ["serve"]
