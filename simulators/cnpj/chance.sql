-- Chance. Expects the macro seed().

-- Every decision is a function of (seed, salt, key): md5, because hash() may change between
-- versions of DuckDB and random() depends on the order of rows.
create macro draw(key, salt) as md5_number_lower(concat_ws('/', seed(), salt, key));
create macro roll(key, salt, sides) as (draw(key, salt) % sides)::int;
create macro chance(key, salt, share) as roll(key, salt, 1000000) < share * 1000000;
create macro pick(choices, key, salt) as choices[1 + roll(key, salt, len(choices))];
