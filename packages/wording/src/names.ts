import type { ActivityItem } from "@twin/contracts/activities";
import {
  type ActivityType,
  builtInFeatures,
  type FilterName,
  filters,
  knownPlatforms,
  noValue,
} from "@twin/contracts/vocabulary";
import { plural } from "./format.ts";

const sentenceCase = (name: string) => (name ? name[0]!.toUpperCase() + name.slice(1).replaceAll(/[_-]/g, " ") : name);
/** "Slack"; an unknown platform keeps its own name, readable. */
export const platformName = (platform: string): string =>
  (knownPlatforms as Record<string, string>)[platform] ?? sentenceCase(platform);
/** "Question asked"; a feature recorded by a sender keeps the name it came with. */
export const featureName = (feature: string): string => (builtInFeatures as Record<string, string>)[feature] ?? feature;

/** "Sales"; people without a department, or deleted since, are named so. */
export const departmentName = (department: string): string => valueName("department", department);
/** What a value of a filter is called: "Slack", "Sales", "No company". */
export function valueName(filter: FilterName, value: string): string {
  if (filter === "type") return typeNames[value as ActivityType] ?? value;
  if (filter === "platform") return platformName(value);
  const known = filters[filter];
  return known.of === "attribute" && (value === "" || value === noValue) ? known.none : value;
}
/** "tue-9" -> "Tue 9:00" */
export const hourText = (weekdayHour: string): string =>
  `${weekdayHour[0]!.toUpperCase()}${weekdayHour.slice(1, 3)} ${weekdayHour.slice(4)}:00`;

export const typeNames: Record<ActivityType, string> = {
  conversation: "Conversation",
  query: "Query",
  document: "Document",
  shared: "Shared",
};
/** What an activity is called on a page; where it has no title, or it is withheld, what kind it is and with whom. */
export const titleOf = ({
  title,
  titles_masked,
  activity_type,
  results_count,
  twin_name,
}: Pick<ActivityItem, "title" | "titles_masked" | "activity_type" | "results_count" | "twin_name">): string => {
  if (title && !titles_masked) return title;
  const found = results_count === null ? [] : [plural(results_count, "result")];
  return [typeNames[activity_type], ...found, twin_name].join(" · ");
};

/** How a device is called; – where none is known. */
export const deviceName = (device: string | null): string => (device ? sentenceCase(device) : "–");
