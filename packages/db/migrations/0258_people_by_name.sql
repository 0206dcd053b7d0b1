-- People are listed by name, in any case. A column of its own: an index of lower(full_name) isn't read from where a page
-- begins, because row-level security comes before functions that might leak.
alter table users add name_key text not null generated always as (lower(full_name)) stored;
create index users_name on users (org_id, name_key, n) where deleted_at is null;
