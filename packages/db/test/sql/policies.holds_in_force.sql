-- takes: org_id int
-- gives: organization boolean, user_ids uuid[]
select coalesce(bool_or(user_id is null), false) as organization,
  coalesce(array_agg(distinct user_id) filter (where user_id is not null), '{}') as user_ids
from legal_holds where org_id = (select $1::int) and lifted_at is null;
