-- Refusals are counted by the quarter of an hour, as days begin in every time zone: by the hour, what happened in the last
-- half hour of a day in Kolkata counted on the next. What is there stands at its hour's first quarter.
ALTER TABLE refusal RENAME COLUMN hour TO quarter;
UPDATE refusal SET quarter = 4 * quarter;

-- Whose stay an answer tells of, so that it goes with the stay without reading all answers.
ALTER TABLE api_call ADD COLUMN stay BLOB;
UPDATE api_call SET stay = unhex(replace(answer ->> '$.stay.id', '-', ''));
CREATE INDEX api_call_stay ON api_call (stay);
