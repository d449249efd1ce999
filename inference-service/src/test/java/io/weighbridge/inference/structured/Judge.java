package io.weighbridge.inference.structured;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.format.PatternFormat;
import java.util.List;

/**
 * A validator that is not ours, formats included. Its own idea of an email is replaced by RFC 5321's: it knows a list of top-level
 * domains, and takes no others.
 */
public final class Judge {
    private static final String WORD = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String EMAIL =
            "^(?=[^@]{1,64}@)(?=.{1,254}$)%1$s(?:\\.%1$s)*@(?=.{1,253}$)%2$s(?:\\.%2$s)*$".formatted(WORD, LABEL);

    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder -> builder.metaSchema(JsonMetaSchema.builder(JsonMetaSchema.getV202012())
                    .format(PatternFormat.of("email", EMAIL, null))
                    .build()));

    private static final SchemaValidatorsConfig FORMATS =
            SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

    private final JsonSchema schema;

    public Judge(String schema) {
        this.schema = FACTORY.getSchema(schema, FORMATS);
    }

    /** What is wrong with a document; empty where it is valid. */
    public List<String> problems(JsonNode document) {
        return schema.validate(document).stream().map(Object::toString).toList();
    }
}
