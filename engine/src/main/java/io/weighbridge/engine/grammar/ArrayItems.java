package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What several schemas together say about the items of an array. */
final class ArrayItems {
    /** Most items with a place of their own (prefixItems). */
    static final int PREFIX_MAX = 1_000;

    final int prefix;
    final long min;
    final long max;
    final boolean unique;
    private final List<JsonNode> schemas;

    ArrayItems(List<JsonNode> schemas) {
        this.schemas = schemas;
        int longest = 0;
        long least = 0;
        long most = JsonValues.UNBOUNDED;
        boolean different = false;
        for (var schema : schemas) {
            if (schema.has("contains")) {
                throw GrammarException.unsupported("contains is not supported; use prefixItems or items");
            }
            if (schema.has("unevaluatedItems")
                    && !(schema.get("unevaluatedItems").isBoolean()
                            && schema.get("unevaluatedItems").booleanValue())) {
                throw GrammarException.unsupported("unevaluatedItems is not supported; use items");
            }
            longest = Math.max(longest, SchemaReader.list(schema, "prefixItems").size());
            least = Math.max(least, SchemaReader.count(schema, "minItems", 0));
            most = Math.min(most, SchemaReader.count(schema, "maxItems", JsonValues.UNBOUNDED));
            different |= schema.has("uniqueItems") && schema.get("uniqueItems").asBoolean();
        }
        if (longest > PREFIX_MAX) {
            throw GrammarException.limit("prefixItems has more than %d schemas".formatted(PREFIX_MAX));
        }
        prefix = longest;
        min = least;
        max = most;
        unique = different;
    }

    /** The schemas of the item at {@code index}; from {@link #prefix} on they are the same for all. */
    List<JsonNode> item(int index) {
        var all = new ArrayList<JsonNode>();
        for (var schema : schemas) {
            var places = SchemaReader.list(schema, "prefixItems");
            if (index < places.size()) {
                all.add(places.get(index));
            } else if (schema.has("items")) {
                all.add(schema.get("items"));
            }
        }
        return all;
    }
}
