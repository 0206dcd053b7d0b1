import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";
import type {} from "./server.ts";

export interface TestDatabase {
  /** Connects as the superuser, whom row-level security doesn't bind. */
  url: string;
  pool: pg.Pool;
}

/**
 * Gives the test file a database of its own: a clone of the migrated template (`empty: true`: one without any
 * migration), dropped after its last test. Filled in before the first test, so use it inside of tests and hooks only.
 */
export function useDatabase(options: { empty?: boolean; max?: number } = {}): TestDatabase {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const adminUrl = inject("adminUrl");
  const database = {} as TestDatabase;
  beforeAll(async () => {
    const template = options.empty ? "template0" : inject("templateName");
    await administer(adminUrl, `create database ${name} template ${template} strategy file_copy`);
    database.url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
    database.pool = new pg.Pool({ connectionString: database.url, max: options.max ?? 5 });
    // An idle connection that the drop below cuts must not fail the run.
    database.pool.on("error", () => {});
  });
  afterAll(async () => {
    await database.pool?.end();
    await administer(adminUrl, `drop database if exists ${name} with (force)`);
  });
  return database;
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
