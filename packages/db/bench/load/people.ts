/**
 * Everything is decided by hashes of numbers that identify it, never by the order of rows: the same size gives the same
 * data with any plan and any number of connections. `bench.sealed` has the form and length of encrypted text (format,
 * key version, nonce, text, tag), but nobody can open it: to seal each message by its person's key would take longer than
 * all the rest. The functions are single expressions of immutable parts, or each call would cost 20 times as much.
 */
export const chance = `
  create schema bench;
  create function bench.rnd(key bigint, salt int) returns float8 language sql immutable parallel safe as
  $$ select ((hashint8extended(key, salt) >> 12) & 4503599627370495)::float8 / 4503599627370496.0 $$;
  create function bench.id(at timestamptz, kind text, key bigint) returns uuid language sql immutable parallel safe as
  $$ select (lpad(to_hex(((date_part('epoch', at - timestamptz 'epoch') * 1000)::bigint << 16) | 28672 | (hashtextextended(kind, key) >> 52 & 4095)), 16, '0')
       || to_hex(hashtextextended(kind, key) & 4611686018427387903 | (-9223372036854775808)))::uuid $$;
  create function bench.sealed(key bigint, length int) returns bytea language sql immutable parallel safe as
  $$ select '\\x010001'::bytea || decode(repeat(md5(key::text), 2 + length), 'hex') $$;
  create function bench.platform(r float8) returns text language sql immutable parallel safe as
  $$ select case when r < 0.45 then 'slack' when r < 0.7 then 'web' when r < 0.9 then 'teams' else 'mobile' end $$`;

/**
 * People of the organisation `$1`: `$2` of them, whose first day is at earliest `$3`, zone `$4`, days of history `$5`,
 * visits by `$6` (`visitsFor`).
 * A third is there from the beginning; many leave after a while; few use it much. They are numbered as they came.
 */
export const people = `
  insert into bench.person
  select $1::int, n, uid, md5('user' || uid)::uuid, joined, greatest(1, least($5::int - joined, floor(-ln(1 - bench.rnd(uid, 2)) * 260)::int)),
    least(4000, 1 + floor($6::float8 * greatest(1, least($5::int - joined, floor(-ln(1 - bench.rnd(uid, 2)) * 260)::int)) * power(-ln(1 - bench.rnd(uid, 3)), 2))::int), bench.platform(bench.rnd(uid, 4)), $3::date + joined, $4::text
  from (
    select n, $1::bigint * 10000000 + n as uid, joined
    from (
      select row_number() over (order by joined, no)::int as n, joined
      from (
        select no, case when bench.rnd($1::bigint * 10000000 + no, 0) < 0.3 then 0
          else floor(bench.rnd($1::bigint * 10000000 + no, 1) * ($5::int - 20))::int end as joined
        from generate_series(1, $2::int) no
      ) a
    ) b
  ) p`;

export const users = `
  insert into users (org_id, id, n, email, email_key, full_name, company, department, created_at, last_active_at, timezone)
  select org_id, user_id, n, 'user' || n || '@org' || org_id || '.example', 'user' || n || '@org' || org_id || '.example', 'User ' || n,
    'Company ' || floor(power(bench.rnd(uid, 10), 2) * 8)::int,
    (array['Engineering', 'Sales', 'Support', 'Product', 'Marketing', 'Finance', 'People', 'Legal'])[1 + floor(power(bench.rnd(uid, 11), 1.5) * 8)::int],
    since + time '06:00', null, zone
  from bench.person order by org_id, n`;

/** A twin each; those of the first twentieth of people are shared. */
export const twins = `
  insert into twins (org_id, id, user_id, name, is_shared, created_at)
  select p.org_id, md5('twin' || uid)::uuid, user_id, 'Twin ' || n, n <= o.most, since + time '06:00'
  from bench.person p join (select org_id, ceil(count(*) / 20.0) as most from bench.person group by org_id) o using (org_id)
  order by p.org_id, n`;

export const installations = `
  insert into twin_installations (org_id, id, twin_id, platform, workspace_id, installed_at, uninstalled_at)
  select org_id, md5('installation' || uid)::uuid, md5('twin' || uid)::uuid, home, 'w' || org_id, since + time '07:00',
    case when bench.rnd(uid, 12) < 0.15 then since + time '07:00' + make_interval(days => 20 + floor(bench.rnd(uid, 13) * 100)::int) end
  from bench.person order by org_id, n`;

/**
 * Visits: at most one in the morning and one in the afternoon of a person's day, more than 30 minutes apart, few on
 * weekends. Every second person's sender names sessions; the others' are derived.
 */
export const visits = `
  create unlogged table bench.visit as
  select org_id, n, user_id, vid, day, platform, zone, acts, step, n % 2 = 0 as named,
    md5('twin' || case when bench.rnd(vid, 25) < 0.16
      then org_id::bigint * 10000000 + 1 + floor(power(bench.rnd(vid, 26), 2) * ceil(many / 20.0))::int else uid end)::uuid as twin_id,
    (day + make_interval(secs => base + floor(bench.rnd(vid, 22) * 11400)::int)) at time zone zone as started_at
  from (
    select distinct on (org_id, n, day, k % 2) *, uid * 4096 + k as vid,
      case when k % 2 = 0 then 27000 else 46800 end as base,
      case when bench.rnd(uid * 4096 + k, 23) < 0.75 then home else bench.platform(bench.rnd(uid * 4096 + k, 24)) end as platform,
      1 + (bench.rnd(uid * 4096 + k, 27) < 0.42)::int + (bench.rnd(uid * 4096 + k, 27) < 0.18)::int
        + (bench.rnd(uid * 4096 + k, 27) < 0.07)::int + (bench.rnd(uid * 4096 + k, 27) < 0.03)::int as acts,
      120 + floor(bench.rnd(uid * 4096 + k, 28) * 420)::int as step
    from (
      select p.*, k, many, case when extract(isodow from d.day) > 5 and bench.rnd(uid * 4096 + k, 21) < 0.85
        then greatest(since, d.day - extract(isodow from d.day)::int + 1 + floor(bench.rnd(uid * 4096 + k, 29) * 5)::int) else d.day end as day
      from bench.person p
      join (select org_id, count(*) as many from bench.person group by org_id) o using (org_id)
      cross join lateral generate_series(0, visits - 1) k
      cross join lateral (select since + case when k = 0 then 0 else floor(life * bench.rnd(uid * 4096 + k, 20))::int end as day) d
    ) v
    order by org_id, n, day, k % 2, k
  ) v
  order by started_at`;
