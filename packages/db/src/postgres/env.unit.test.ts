import { expect, test } from "vitest";
import { z } from "zod";
import { databaseUrl, dataDir, flag, parseEnv, port } from "./env.ts";

const schema = z.object({
  PORT: port.default(3000),
  DATABASE_URL: databaseUrl.optional(),
  DEMO: flag.default(true),
  SECRET: z.string().min(8, "must have 8 characters"),
});

test("defaults stand in for what is unset or empty", () => {
  expect(parseEnv(schema, { SECRET: "12345678", PORT: "", DEMO: "0" })).toEqual({
    PORT: 3000,
    DEMO: false,
    SECRET: "12345678",
  });
});

test("all mistakes are named at once, each with an example, and no secret is repeated", () => {
  const wrong = { PORT: "70000", DATABASE_URL: "mysql://me:hidden@host/db", DEMO: "yes", SECRET: "short" };
  expect(() => parseEnv(schema, wrong)).toThrowErrorMatchingInlineSnapshot(`
    [EnvError: Wrong configuration:
      PORT must be 1 to 65535, not "70000" (for example PORT=3000)
      DATABASE_URL must be a PostgreSQL URL with a host and a database (for example DATABASE_URL=postgres://user:password@127.0.0.1:5432/twin)
      DEMO must be 0 or 1, not "yes" (for example DEMO=1)
      SECRET must have 8 characters]
  `);
});

test("a data folder is one that is there or could be made, never a file or below one", () => {
  const read = (DATA_DIR: string) => parseEnv(z.object({ DATA_DIR: dataDir }), { DATA_DIR });
  const here = import.meta.dirname;
  expect(read(`${here}/not/yet`)).toEqual({ DATA_DIR: `${here}/not/yet` });
  for (const wrong of [import.meta.filename, `${import.meta.filename}/below`]) {
    expect(() => read(wrong)).toThrow(/DATA_DIR must be a folder/);
  }
});
