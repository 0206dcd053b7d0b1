-- Why an export could not be made, for who asked for it; beside `queued`: it failed and is tried again.
alter table exports add column error text;
