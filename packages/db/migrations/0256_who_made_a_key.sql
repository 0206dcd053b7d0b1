-- Who made a key and who ended it; null: an operator, or somebody whose account is gone.
alter table auth.api_keys
  add column created_by uuid references auth.accounts on delete set null,
  add column revoked_by uuid references auth.accounts on delete set null;

-- One key takes the place of another: whoever rotates it a second time is told so.
drop index auth.api_keys_rotated_from_idx;
create unique index api_keys_rotated_from_idx on auth.api_keys (rotated_from) where rotated_from is not null;
