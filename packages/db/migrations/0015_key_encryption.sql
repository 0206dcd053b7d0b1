-- Which key-encryption key the data keys of this database are wrapped with: its fingerprint, never the key.
-- A process that holds another key refuses to start instead of writing rows that can't be read together with the old.
create table ops.key_encryption_keys (
  version     int primary key,
  fingerprint bytea not null,
  created_at  timestamptz not null default clock_timestamp()
);
grant select, insert on ops.key_encryption_keys to twin_app, twin_worker;
