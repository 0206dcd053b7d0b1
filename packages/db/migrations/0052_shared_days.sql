-- Answers of helpful or not are few among facts, and each Overview sums those of twice its range.
create index user_days_shared on user_days (org_id, day) include (platform, twin_id, n, shared_interactions, helpful_yes, helpful_no)
  where shared_interactions > 0;
