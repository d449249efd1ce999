-- The catalog. Runs unchanged on H2 and PostgreSQL; every later change is a new file.
CREATE TABLE model (
    id                varchar(193)  PRIMARY KEY,
    description       varchar(2000) NOT NULL,
    created_at        bigint        NOT NULL, -- seconds since 1970
    license_declared  varchar(200)  NOT NULL,
    license_detected  varchar(200),
    license_concluded varchar(200)
);

CREATE TABLE pinned_file (
    model_id   varchar(193) NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    ordinal    integer      NOT NULL,
    path       varchar(512) NOT NULL,
    size_bytes bigint       NOT NULL,
    digest     varchar(71)  NOT NULL,
    PRIMARY KEY (model_id, ordinal),
    UNIQUE (model_id, path)
);

CREATE TABLE file_source (
    model_id varchar(193)  NOT NULL,
    file     integer       NOT NULL,
    ordinal  integer       NOT NULL,
    source   varchar(4000) NOT NULL,
    PRIMARY KEY (model_id, file, ordinal),
    FOREIGN KEY (model_id, file) REFERENCES pinned_file (model_id, ordinal) ON DELETE CASCADE
);

CREATE TABLE checkpoint (
    model_id              varchar(193) PRIMARY KEY REFERENCES model (id) ON DELETE CASCADE,
    revision              varchar(8000) NOT NULL,
    format                varchar(20)  NOT NULL,
    architecture          varchar(200) NOT NULL,
    parameter_count       bigint       NOT NULL,
    quantization          varchar(20)  NOT NULL,
    context_length        integer      NOT NULL,
    chat_template_present boolean      NOT NULL
);

CREATE TABLE checkpoint_file (
    model_id   varchar(193) NOT NULL REFERENCES checkpoint (model_id) ON DELETE CASCADE,
    ordinal    integer      NOT NULL,
    path       varchar(512) NOT NULL,
    size_bytes bigint       NOT NULL,
    digest     varchar(71)  NOT NULL,
    PRIMARY KEY (model_id, ordinal)
);
