/** REST paths -> procedures. `POST /api/ingest` also takes NDJSON and gzip, which the API unpacks itself. */
export const rest = {
  "GET /metrics": "metrics.daily",
  "GET /activities": "activities.list",
  "GET /activities/{id}": "activities.get",
  "POST /activities/{id}/reading": "activities.reveal",
  "GET /annotations": "annotations.list",
  "POST /annotations": "annotations.create",
  "POST /annotations/{id}/removal": "annotations.remove",
  "GET /charts/activity": "charts.activity",
  "GET /retention": "retention.read",
  "GET /features/usage": "features.usage",
  "GET /engagement": "engagement.read",
  "GET /users/{user_id}/months": "users.months",
  "POST /ingest": "ingest.batch",
} as const;

export type RestRoute = keyof typeof rest;
