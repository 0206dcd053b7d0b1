-- A person's first day, their returns and all their sessions are then read in the index alone: their facts lie scattered over
-- as many pages as they had days.
create index user_days_person on user_days (org_id, n, day) include (sessions);
drop index user_days_org_id_n_day_idx;
