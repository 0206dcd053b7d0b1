import type { Permission } from "@twin/contracts/vocabulary";

/** What a permission allows, in the reader's words. */
export const permissionNames: Record<Permission, string> = {
  "metrics.read": "Figures and charts",
  "activities.read": "Lists of activities, sessions, people",
  "people.read": "E-mail addresses in full",
  "titles.read": "Titles and topics",
  "content.read": "Message, document and query text",
  "export.csv": "CSV",
  "annotations.write": "Notes on charts",
  "jobs.read": "See jobs",
  "jobs.write": "Run and cancel jobs, backfills",
  "ingest.write": "Send records",
  "lifecycle.read": "See policies and archives",
  "lifecycle.write": "Change policies, restore archives",
  "people.erase": "Export and erase people, hold data",
  "people.overrule": "Erase at once, let in again, lift holds",
  "members.write": "Members below owner",
  "keys.manage": "API keys",
  "organization.write": "Settings, owners of twins",
  "audit.read": "What was done, and by whom",
  "organization.own": "Owners",
};

/** Permissions in the order in which people ask for them. */
export const shownPermissions = Object.keys(permissionNames) as Permission[];

/** A role as a sentence begins with it. */
export const roleName = (role: string): string => role.charAt(0).toUpperCase() + role.slice(1);
