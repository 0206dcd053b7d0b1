import { refreshViews } from "@twin/db/metrics/refresh-views";
import type { TaskHandler } from "../../task.ts";

const refresh: TaskHandler<"metrics/refresh-views"> = (_payload, { db, actor }) => refreshViews(db, actor);
export default refresh;
