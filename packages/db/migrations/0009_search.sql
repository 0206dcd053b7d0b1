-- Search over encrypted text: the lexemes are keyed hashes, different in each organisation. Under row-level security
-- the index would be lost (@@ isn't leakproof, and a policy's condition must come first), so these two functions
-- run as twin_reader, which may see all, and filter by organisation themselves.

set local role twin_reader;

create function search_documents(wanted tsquery, before uuid, row_limit int) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select d.activity_id from public.documents d
  where d.org_id = public.app_org() and d.search @@ wanted and (before is null or d.activity_id < before)
  order by d.activity_id desc limit row_limit
$$;

create function search_queries(wanted tsquery, before uuid, row_limit int) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select q.activity_id from public.queries q
  where q.org_id = public.app_org() and q.search @@ wanted and (before is null or q.activity_id < before)
  order by q.activity_id desc limit row_limit
$$;

revoke execute on function search_documents, search_queries from public;
grant execute on function search_documents, search_queries to twin_app;
set local role twin_owner;
