import pg from "pg";

/** Why a server can't be used, in a sentence for a person. */
export class ServerError extends Error {
  override name = "ServerError";
}

const oldest = 15;

/**
 * Makes sure that the database answers and is new enough (PostgreSQL 15, for `unique nulls not distinct`).
 * @throws ServerError
 */
export async function checkServer(url: string): Promise<void> {
  const where = place(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    const version = rows[0]?.server_version ?? "0";
    if (Number.parseInt(version, 10) < oldest) {
      throw new ServerError(`${where} runs PostgreSQL ${version}, and ${oldest} or newer is needed.`);
    }
  } catch (error) {
    if (error instanceof ServerError) throw error;
    const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
    throw new ServerError(`The database at ${where} can't be used: ${reason}.`);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The address of a database without its password. */
function place(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}
