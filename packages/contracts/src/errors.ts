/** The closed set of errors that a verb may throw, and the HTTP status each becomes. */
export const errorStatus = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  UNAVAILABLE: 503,
  MONTHS_BEING_MADE: 503,
} as const;
export type ErrorCode = keyof typeof errorStatus;

/** One wrong field of an input: where, and what to do about it. */
export type FieldError = { path: string; message: string };

/** The body of every REST error (RFC 9457), also sent as `data` of tRPC errors. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode | "INTERNAL";
  request_id: string;
  errors?: FieldError[];
};
