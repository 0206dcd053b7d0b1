import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const everyMs = 250;

/** How far the figures of an organisation are behind what it was told, in seconds. */
export type Behind = {
  max: number;
  /** When the last look was taken. */
  end: number;
  /** Part of the looks that found them at most 5 s behind. */
  within_5s: number;
};

/**
 * Looks four times a second at the oldest record whose figures aren't there yet: the time since it was received.
 * @returns ends it, and tells
 */
export async function watchBehind(url: string, org_id: number): Promise<() => Promise<Behind>> {
  const client = new pg.Client({ connectionString: url, application_name: "bench behind" });
  await client.connect();
  const ages: number[] = [];
  const look = async () => {
    const { rows } = await client.query<{ age: number }>({
      name: "behind",
      text: `select coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0)::float8 as age
        from ops.dirty_log where org_id = $1 and received_at > '-infinity'`,
      values: [org_id],
    });
    ages.push(Math.max(0, rows[0]!.age));
  };
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      await look();
      await sleep(everyMs);
    }
  })();
  return async () => {
    isOver = true;
    await looking;
    await look();
    await client.end();
    const within = ages.filter((age) => age <= 5).length;
    return { max: Math.max(...ages), end: ages.at(-1)!, within_5s: within / ages.length };
  };
}

/** Waits until nothing of an organisation is to be computed any more. @returns seconds; null where patience ended first */
export async function untilCurrent(url: string, org_id: number, patience = 180): Promise<number | null> {
  const client = new pg.Client({ connectionString: url, application_name: "bench behind" });
  await client.connect();
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1_000;
  try {
    for (; passed() < patience; await sleep(50)) {
      const { rows } = await client.query<{ left: boolean }>(
        "select exists (select from ops.dirty_log where org_id = $1) as left",
        [org_id],
      );
      if (!rows[0]!.left) return passed();
    }
    return null;
  } finally {
    await client.end();
  }
}
