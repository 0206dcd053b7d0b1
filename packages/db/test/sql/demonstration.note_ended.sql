-- takes: slug text
-- gives: 
insert into auth.demonstrations_ended (slug) values ($1::text) on conflict do nothing;
