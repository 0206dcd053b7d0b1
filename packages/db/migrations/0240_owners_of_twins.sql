-- Who a twin belongs to may be put right. Of several records the one with the newest updated_at says it; who says it by hand
-- outranks every record that isn't newer than that (owner_by_hand: also one of the same time).
alter table twins add column owner_revised_at timestamptz;
alter table twins add column owner_by_hand boolean not null default false;

-- Rows that a sender sent stay whoever owns the twin; the others follow from the owner.
alter table shared_twin_interactions add column is_sent boolean not null default false;
alter table restored.shared_twin_interactions add column is_sent boolean not null default false;

-- Twins whose owner was put right and whose shared use doesn't follow yet; upto: the last activity that does.
create table owner_corrections (
  org_id int not null,
  twin_id uuid not null,
  upto uuid,
  primary key (org_id, twin_id),
  foreign key (org_id, twin_id) references twins on delete cascade
);
select tenant_table('owner_corrections', 'select, insert, update', 'select, insert, update, delete');

-- What is stored doesn't say what was sent. Nothing else makes a row with a purpose, a summary or an answer, or one of an
-- owner with their own twin.
do $$
declare
  organisation int;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    update twins set owner_revised_at = revised_at where org_id = organisation and revised_at is not null;
    update shared_twin_interactions set is_sent = true
    where org_id = organisation and (interaction_purpose is not null or interaction_summary is not null
      or was_helpful is not null or accessing_user_id = twin_owner_id);
    update restored.shared_twin_interactions set is_sent = true
    where org_id = organisation and (interaction_purpose is not null or interaction_summary is not null
      or was_helpful is not null or accessing_user_id = twin_owner_id);
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
