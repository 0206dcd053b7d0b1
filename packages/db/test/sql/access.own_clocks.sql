-- takes: 
-- gives: time_zone text, figures_at timestamptz?
select time_zone, figures_at from organizations;
