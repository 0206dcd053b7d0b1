import { knownPlatforms } from "@twin/contracts/vocabulary";

/** The platform's fixed colour. */
export const platformColor = (platform: string): string => `var(--${platform in knownPlatforms ? platform : "other"})`;
