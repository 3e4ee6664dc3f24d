-- Lines that are no hotel's, by whose they are: a manager's trail has the logins of their people among all they ever did.
CREATE INDEX audit_of_none ON audit (by_id, seq) WHERE hotel IS NULL;
