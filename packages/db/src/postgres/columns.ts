import { customType } from "drizzle-orm/pg-core";
import { isoOf } from "./connect.ts";

/** timestamptz as ISO 8601 in UTC with milliseconds, the form that it has on the wire. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => "timestamp with time zone",
  fromDriver: isoOf,
});

export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/** The people of one bitmap chunk of a day, one bit each: '0101…', 2,048 of them. */
export const laneBits = customType<{ data: string }>({ dataType: () => "bit(2048)" });

export const name = customType<{ data: string }>({ dataType: () => "name" });
