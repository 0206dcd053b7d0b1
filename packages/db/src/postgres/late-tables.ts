/** Tables with fewer dead or new rows are fast enough. */
const fewRows = 5_000;
/** Tables in one run; the next run takes the others. */
const atOnce = 20;

/**
 * Tables that autovacuum is late for: more dead rows than its own threshold, or never analysed since they were filled, or
 * much changed since. The worst first.
 */
export const lateTables = `
  select s.relid::regclass::text as name, s.n_dead_tup::int as dead_rows
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where pg_get_userbyid(c.relowner) = 'twin_owner' and c.relkind = 'r' and (
    s.n_dead_tup > ${fewRows} + 0.2 * s.n_live_tup
    or s.n_mod_since_analyze > ${fewRows} + 0.2 * s.n_live_tup
    or s.last_analyze is null and s.last_autoanalyze is null and s.n_mod_since_analyze >= ${fewRows})
  order by s.n_dead_tup desc, s.n_mod_since_analyze desc limit ${atOnce}`;
