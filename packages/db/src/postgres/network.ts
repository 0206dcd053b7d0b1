import { type SQL, sql } from "drizzle-orm";

/** The part of an address that names no household, as `192.0.2.0/24` or `2001:db8:40::/48`; null for none. */
export const networkText = (ip: SQL): SQL =>
  sql`network(set_masklen(${ip}, case family(${ip}) when 4 then 24 else 48 end))::text`;
