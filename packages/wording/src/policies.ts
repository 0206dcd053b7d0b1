import type { DataType, Keep, KeepUnit } from "@twin/contracts/policies";
import { plural } from "./format.ts";

/** Kinds of data that are kept by policy. */
export const dataTypeNames: Record<DataType, string> = {
  activities: "Activities and details",
  messages: "Messages",
  sessions: "Sessions",
  deleted_users: "Soft-deleted people",
};
const unitNames: Record<KeepUnit, string> = { day: "day", month: "month", year: "year" };
/** "2 years" */
export const keepText = ({ count: many, unit }: Keep): string => plural(many, unitNames[unit]);
