-- What triggers look up, they find by a plan for any organisation: of one that statistics don't know yet the planner
-- expects no rows, takes any index that begins with the organisation, and joins each row with each.
alter function add_to_conversations(int[], uuid[], int[], int[]) set plan_cache_mode = force_generic_plan;
alter function sessions_touch_users() set plan_cache_mode = force_generic_plan;
