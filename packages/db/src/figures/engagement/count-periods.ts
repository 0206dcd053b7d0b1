import { type SQL, sql } from "drizzle-orm";
import { noBits } from "../../tenancy/calendar/periods.ts";

// In how many periods each person was active is counted in binary, one plane of bits a digit, for 2,048 users at once: adding
// a period's set carries from digit to digit as on paper.

/** Digits that it takes to count up to so many periods. */
export const digitsOf = (periods: number): number => Math.floor(Math.log2(periods)) + 1;

const planesOf = (digits: number) => Array.from({ length: digits }, (_, digit) => `p${digit}`);

/**
 * Counts the sets `member` (period `i`, `lane`, `counted`; null: nobody): `lane` with how many sets there are of one
 * (`sets_n`), and `counter`, whose row with `done = sets_n` holds the planes. Needs `with recursive`.
 */
export function countPeriods(digits: number): SQL {
  const planes = planesOf(digits);
  const carry = (digit: number) => ["b.bits", ...planes.slice(0, digit).map((name) => `c.${name}`)].join(" & ");
  const added = planes.map((name, digit) => `(c.${name} # (${carry(digit)}))::bit(2048)`);
  return sql`lane as materialized (
    select lane, array_agg(counted order by i) as sets, count(*)::int as sets_n from member where counted is not null group by lane
  ),
  counter as (
    select lane, 0 as done, ${sql.join(
      planes.map((name) => sql`${noBits} as ${sql.raw(name)}`),
      sql`, `,
    )} from lane
    union all
    select c.lane, c.done + 1, ${sql.raw(added.join(", "))}
    from counter c join lane l on l.lane = c.lane cross join lateral (select l.sets[c.done + 1] as bits) b
    where c.done < l.sets_n
  )`;
}

/** Who was counted exactly so many times, of a finished row `c` of `counter`. */
export const isCounted = (digits: number, times: SQL): SQL =>
  sql.join(
    planesOf(digits).map(
      (name, digit) =>
        sql`case when ${times} & ${sql.raw(String(1 << digit))} <> 0 then c.${sql.raw(name)} else ~c.${sql.raw(name)} end`,
    ),
    sql` & `,
  );
