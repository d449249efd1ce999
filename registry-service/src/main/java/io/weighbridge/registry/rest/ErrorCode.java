package io.weighbridge.registry.rest;

/** Every way a call can fail, once. The HTTP status is derived from {@link Kind}. */
public enum ErrorCode {
    INVALID_ARGUMENT(Kind.CALLER),
    MODEL_NOT_FOUND(Kind.NOT_FOUND),
    OPENNESS_NOT_RECORDED(Kind.NOT_FOUND),
    PULL_NOT_FOUND(Kind.NOT_FOUND),
    BLOB_NOT_FOUND(Kind.NOT_FOUND),
    PATH_NOT_FOUND(Kind.NOT_FOUND),
    LICENSE_NOT_FOUND(Kind.NOT_FOUND),
    MODEL_EXISTS(Kind.CONFLICT),
    LICENSE_HISTORY_FULL(Kind.CONFLICT),
    LICENSE_RECORD_CHANGED(Kind.PRECONDITION),
    LICENSE_WITHOUT_TERMS(Kind.UNPROCESSABLE),
    LINEAGE_REFUSED(Kind.UNPROCESSABLE),
    NAMING_DUTY_UNMET(Kind.UNPROCESSABLE),
    UNSUPPORTED_MEDIA_TYPE(Kind.MEDIA),
    MODEL_NOT_PULLABLE(Kind.CONFLICT),
    RANGE_NOT_SATISFIABLE(Kind.RANGE),
    METHOD_NOT_ALLOWED(Kind.METHOD),
    NOT_ACCEPTABLE(Kind.ACCEPT),
    CATALOG_UNAVAILABLE(Kind.UNAVAILABLE),
    INTERNAL(Kind.OURS);

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Whose problem it is; the answer decides who is paged and whether a retry can help. */
    public enum Kind {
        CALLER(400),
        NOT_FOUND(404),
        METHOD(405),
        ACCEPT(406),
        CONFLICT(409),
        PRECONDITION(412),
        MEDIA(415),
        RANGE(416),
        UNPROCESSABLE(422),
        OURS(500),
        UNAVAILABLE(503);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }
}
