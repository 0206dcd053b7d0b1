import pg from "pg";

/** Activities that each person of a full day has. */
const each = 6;

/**
 * Fills today, up to now, to so many activities, six of each person, by plain SQL: another size is of more people, each of
 * whom does as much. The worker computes their figures, and statistics know them: what happens without is another row.
 * @param from how many there are already
 */
export async function fillDay(url: string, org_id: number, from: number, to: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const people = [Math.round(from / each), Math.round(to / each)];
  try {
    // Statistics don't know these people yet: row by row it would take minutes.
    await client.query("begin; set local enable_nestloop = off; set local jit = off");
    const { rowCount } = await client.query(
      `insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
       select $1, (lpad(to_hex(((extract(epoch from at) * 1000)::bigint << 16) | 28672 | floor(random() * 4096)::int), 16, '0')
           || to_hex(hashtextextended(gen_random_uuid()::text, 0) & 4611686018427387903 | (-9223372036854775808)))::uuid,
         user_id, twin_id, 'query', at, 'web'
       from (
         select u.id as user_id, t.id as twin_id,
           date_trunc('milliseconds', date_trunc('day', now(), 'UTC') + random() * (now() - date_trunc('day', now(), 'UTC'))) as at
         from users u join twins t on t.org_id = u.org_id and t.user_id = u.id
         cross join generate_series(1, ${each}) k
         where u.org_id = $1 and u.n > $2 and u.n <= $3
       ) a`,
      [org_id, ...people],
    );
    if (rowCount !== (people[1]! - people[0]!) * each)
      throw new Error(`${rowCount} activities of ${people.join(" to ")}`);
    await client.query(
      `insert into ops.dirty_log (org_id, day, n)
       select $1, (now() at time zone 'UTC')::date, n from users where org_id = $1 and n > $2 and n <= $3`,
      [org_id, ...people],
    );
    await client.query(
      "select enqueue_job('metrics/rollup', json_build_object('org_id', $1::int), 'rollup:' || $1::int)",
      [org_id],
    );
    await client.query("commit");
    await client.query("analyze");
  } finally {
    await client.end();
  }
}

/**
 * Makes statistics of everything that is there, and runs `act` without any of what it adds: autovacuum rests meanwhile.
 */
export async function withOldStatistics<T>(url: string, act: () => Promise<T>): Promise<T> {
  const run = async (...texts: string[]) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const text of texts) await client.query(text);
    await client.end();
  };
  await run("alter system set autovacuum = off", "select pg_reload_conf()", "analyze");
  try {
    return await act();
  } finally {
    await run("alter system reset autovacuum", "select pg_reload_conf()");
  }
}
