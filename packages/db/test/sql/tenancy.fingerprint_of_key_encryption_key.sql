-- takes: 
-- gives: fingerprint bytea
select fingerprint from ops.key_encryption_keys where version = 1;
