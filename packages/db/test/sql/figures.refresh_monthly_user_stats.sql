-- takes: 
-- gives: refreshed text
select refresh_monthly_user_stats()::text as refreshed;
