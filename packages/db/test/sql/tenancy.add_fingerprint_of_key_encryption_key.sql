-- takes: fingerprint bytea
-- gives: 
insert into ops.key_encryption_keys (version, fingerprint) values (1, $1::bytea) on conflict do nothing;
