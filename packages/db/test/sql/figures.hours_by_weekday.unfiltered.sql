-- takes: org_id int, from date, to date
-- gives: weekday int, hours int[]
select extract(isodow from day)::int - 1 as weekday, array[sum(hours[1])::int, sum(hours[2])::int, sum(hours[3])::int, sum(hours[4])::int, sum(hours[5])::int, sum(hours[6])::int, sum(hours[7])::int, sum(hours[8])::int, sum(hours[9])::int, sum(hours[10])::int, sum(hours[11])::int, sum(hours[12])::int, sum(hours[13])::int, sum(hours[14])::int, sum(hours[15])::int, sum(hours[16])::int, sum(hours[17])::int, sum(hours[18])::int, sum(hours[19])::int, sum(hours[20])::int, sum(hours[21])::int, sum(hours[22])::int, sum(hours[23])::int, sum(hours[24])::int] as hours from activity_hours d
where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date group by 1;
