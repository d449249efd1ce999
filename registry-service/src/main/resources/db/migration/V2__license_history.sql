-- Licenses get a history that is only ever added to, and models what they were made from. Runs unchanged on H2 and PostgreSQL.
CREATE TABLE license_change (
    model_id varchar(193)    NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    version  integer         NOT NULL, -- counts up within a model
    at       bigint          NOT NULL, -- milliseconds since 1970
    source   varchar(20)     NOT NULL, -- catalog, pull, api
    author   varchar(200)    NOT NULL,
    kind     varchar(20)     NOT NULL, -- declared, detected, concluded, withdrawn, made-from
    content  varchar(100000) NOT NULL, -- JSON, by kind
    PRIMARY KEY (model_id, version)
);

-- What was known before. When it came to be known was not recorded: the model's creation time stands for it. A conclusion comes
-- last, because it was drawn on what was there.
INSERT INTO license_change (model_id, version, at, source, author, kind, content)
SELECT id, 1, created_at * 1000, 'catalog', 'catalog', 'declared',
       '{"license":"' || replace(replace(license_declared, '\', '\\'), '"', '\"') || '"}'
FROM model;

INSERT INTO license_change (model_id, version, at, source, author, kind, content)
SELECT id, 2, created_at * 1000, 'pull', 'pull', 'detected',
       '{"metadata":{"license":"' || replace(replace(license_detected, '\', '\\'), '"', '\"') || '"},"texts":[]}'
FROM model WHERE license_detected IS NOT NULL;

INSERT INTO license_change (model_id, version, at, source, author, kind, content)
SELECT id, 3, created_at * 1000, 'catalog', 'catalog', 'concluded',
       '{"license":"' || replace(replace(license_concluded, '\', '\\'), '"', '\"')
       || '","reason":"stated in the catalog entry"}'
FROM model WHERE license_concluded IS NOT NULL;

ALTER TABLE model DROP COLUMN license_declared;
ALTER TABLE model DROP COLUMN license_detected;
ALTER TABLE model DROP COLUMN license_concluded;
ALTER TABLE model ADD COLUMN multimodal boolean;   -- null: not known
ALTER TABLE model ADD COLUMN released varchar(7);  -- a month, such as 2024-04

-- One row, locked by every write that depends on all models at once, so that two of them cannot together make a circle.
CREATE TABLE catalog_lock (
    id integer PRIMARY KEY
);
INSERT INTO catalog_lock (id) VALUES (1);
