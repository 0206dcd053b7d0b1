/** The retention row of people `n` as it should be, by their facts: docs/METRICS.md, "Retention"; `$3` is today. */
export const retentionFromFacts = `
  person as materialized (
    select p.n, u.id as user_id, u.first_day as stored_first_day, (
      select d.day from user_days d where d.org_id = $1 and d.n = p.n and d.sessions > 0 order by d.day limit 1
    ) as first_day
    from unnest($2::int[]) p (n) left join users u on u.org_id = $1 and u.n = p.n
  ),
  retained as materialized (
    select p.n, p.first_day as cohort_date,
      ${[1, 7, 30]
        .map(
          (days) => `case when p.first_day + ${days} < $3::date then exists (
        select from user_days d where d.org_id = $1 and d.n = p.n and d.day = p.first_day + ${days} and d.sessions > 0
      ) end as day_${days}_active`,
        )
        .join(", ")},
      (select sum(d.sessions)::int from user_days d where d.org_id = $1 and d.n = p.n) as total_sessions
    from person p where p.user_id is not null and p.first_day is not null
  )`;
