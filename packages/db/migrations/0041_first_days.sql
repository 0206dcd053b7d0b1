-- Whose first day a day was: the bitset of first days is made of it.
create index users_first_day on users (org_id, first_day) where first_day is not null;
