import { afterAll } from "vitest";
import { connect, type Database } from "../src/postgres/connect.ts";
import type { TestDatabase } from "./database.ts";

export type Analyst = {
  login: string;
  db: Database;
  /** Asks as the analyst; with `zone`, in a session whose time zone that is. */
  ask(text: string, zone?: string): Promise<Record<string, unknown>[]>;
};

let made = 0;

/** A login of an analyst for one organisation, with the settings that docs/OPERATIONS.md gives it; gone after the last test. */
export function useAnalysts(database: TestDatabase): (org_id: number) => Promise<Analyst> {
  const all: Analyst[] = [];
  afterAll(async () => {
    for (const { db, login } of all) {
      await db.close();
      await database.pool.query(
        `delete from auth.analyst_logins where login = '${login}'; drop role if exists ${login}`,
      );
    }
  });
  return async (org_id) => {
    const login = `test_analyst_${process.pid}_${Date.now()}_${++made}`;
    await database.pool.query(`create role ${login} login password 'analyst' in role twin_analyst`);
    await database.pool.query(`alter role ${login} set search_path = ai_twin_analytics`);
    await database.pool.query("insert into auth.analyst_logins (login, org_id) values ($1, $2)", [login, org_id]);
    const url = Object.assign(new URL(database.url), { username: login, password: "analyst" });
    const db = connect(url.href, { max: 1 });
    const analyst: Analyst = {
      login,
      db,
      async ask(text, zone = "UTC") {
        await db.pool.query(`set timezone = '${zone}'`);
        return (await db.pool.query(text)).rows;
      },
    };
    all.push(analyst);
    return analyst;
  };
}
