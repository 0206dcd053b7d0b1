/** How far an organisation without activities has come. */
export type FirstState = {
  /** API keys that are in force, as far as the viewer may know. */
  keys: number;
  /** People who are known. */
  people: number;
};

/** What a form of the empty Overview answered. */
export type FirstForm = {
  /** A key that was just made, shown this once. */
  key?: string;
  /** Why none was made. */
  message?: string;
  /** Why the zone was refused. */
  zone?: string;
  timezone?: string;
  /** Why there is no demonstration. */
  demonstration?: string;
} | null;
