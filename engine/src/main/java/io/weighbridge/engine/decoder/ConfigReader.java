package io.weighbridge.engine.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.engine.checkpoint.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Typed reading of a config.json, or of an object inside it; a value of the wrong type is refused by its name. */
public final class ConfigReader {
    private final JsonNode node;
    private final String prefix;

    public ConfigReader(JsonNode config) {
        this(config, "");
    }

    private ConfigReader(JsonNode node, String prefix) {
        this.node = node;
        this.prefix = prefix;
    }

    /** Whether the key is there, even as null. */
    boolean mentions(String key) {
        return node.has(key);
    }

    /** Whether the key has a value other than null. */
    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** Whether the key has a number other than 0. */
    boolean given(String key) {
        return has(key) && node.path(key).doubleValue() != 0;
    }

    /** The whole number under {@code key}, from 1 to the largest size. */
    public int size(String key) {
        var value = node.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(key, "a whole number");
        }
        return DecoderLimits.size(named(key), value.longValue());
    }

    double real(String key) {
        if (!node.path(key).isNumber()) {
            throw wrong(key, "a number");
        }
        return DecoderLimits.positive(named(key), node.path(key).doubleValue());
    }

    /** The number above 0 under {@code key}. */
    public double real(String key, double absent) {
        return has(key) ? real(key) : absent;
    }

    /** The truth value under {@code key}. */
    public boolean truth(String key, boolean absent) {
        if (!has(key)) {
            return absent;
        }
        if (!node.path(key).isBoolean()) {
            throw wrong(key, "true or false");
        }
        return node.path(key).booleanValue();
    }

    /** The text under {@code key}. */
    public String text(String key, String absent) {
        if (!has(key)) {
            return absent;
        }
        if (!node.path(key).isTextual()) {
            throw wrong(key, "a text");
        }
        return node.path(key).textValue();
    }

    /** The text {@code key} of the object {@code object}. */
    String text(String object, String key, String absent) {
        return new ConfigReader(node.path(object), named(object) + ".").text(key, absent);
    }

    /** How positions are rotated: rope_parameters (transformers 5), or rope_theta and rope_scaling (transformers 4). */
    Rope rope() {
        return rope((String) null);
    }

    /** The same where rope_parameters may hold one object for each kind of layer; {@code kind} picks one. */
    Rope rope(@Nullable String kind) {
        for (var name : List.of("rope_parameters", "rope_scaling")) {
            if (has(name)) {
                if (!node.path(name).isObject()) {
                    throw wrong(name, "an object");
                }
                if (kind != null && node.path(name).path(kind).isObject()) {
                    return ropeOf(new ConfigReader(node.path(name).path(kind), name + "." + kind + "."));
                }
                for (var entry : node.path(name).properties()) {
                    if (entry.getValue().isObject()) {
                        throw new CheckpointException("config.json: %s for each kind of layer ('%s') is not supported"
                                .formatted(name, entry.getKey()));
                    }
                }
                return ropeOf(new ConfigReader(node.path(name), name + "."));
            }
        }
        return ropeOf(new ConfigReader(node.path("rope_scaling"), "rope_scaling."));
    }

    /** Whether rope_parameters hold an object for this kind of layer. */
    boolean nestedRope(String kind) {
        return node.path("rope_parameters").path(kind).isObject();
    }

    private Rope ropeOf(ConfigReader options) {
        return new Rope(
                options,
                options.has("rope_theta") ? options.real("rope_theta") : ropeTheta(),
                share(options),
                size("max_position_embeddings", 0),
                originalContext(options));
    }

    /** The share of a head that is rotated. */
    private double share(ConfigReader options) {
        if (options.has("partial_rotary_factor")) {
            return options.real("partial_rotary_factor");
        }
        return real("partial_rotary_factor", real("rotary_pct", 1));
    }

    /** The rotation of a base that is given apart from the others, with the share of the others and no scaling. */
    Rope unscaledRope(double base) {
        return new Rope(new ConfigReader(node.path("no such key"), ""), base, share(this), 0, 0);
    }

    /** A list of texts, or null where the key has none. */
    @Nullable
    List<String> texts(String key) {
        if (!has(key)) {
            return null;
        }
        var texts = new ArrayList<String>();
        for (var item : array(key)) {
            if (!item.isTextual()) {
                throw wrong(key, "a list of texts");
            }
            texts.add(item.textValue());
        }
        return texts;
    }

    /** A list of whole numbers, or null where the key has none. */
    @Nullable
    List<Long> integers(String key) {
        if (!has(key)) {
            return null;
        }
        var integers = new ArrayList<Long>();
        for (var item : array(key)) {
            if (!item.isIntegralNumber() || !item.canConvertToLong()) {
                throw wrong(key, "a list of whole numbers");
            }
            integers.add(item.longValue());
        }
        return integers;
    }

    /** A list of {@code count} numbers above 0. */
    List<Double> reals(String key, int count) {
        var reals = new ArrayList<Double>();
        for (var item : array(key)) {
            if (!item.isNumber()) {
                throw wrong(key, "a list of numbers");
            }
            reals.add(DecoderLimits.positive(named(key), item.doubleValue()));
        }
        if (reals.size() != count) {
            throw new CheckpointException(
                    "config.json: %s has %d numbers; there are %d pairs".formatted(named(key), reals.size(), count));
        }
        return reals;
    }

    private JsonNode array(String key) {
        if (!node.path(key).isArray()) {
            throw wrong(key, "a list");
        }
        return node.path(key);
    }

    /** The size under the first of {@code keys} that has a value. */
    int sizeOf(String... keys) {
        for (var key : keys) {
            if (has(key)) {
                return size(key);
            }
        }
        return size(keys[0]);
    }

    /** A size that may be 0. */
    int count(String key, int absent) {
        return has(key) && node.path(key).isIntegralNumber() && node.path(key).longValue() == 0 ? 0 : size(key, absent);
    }

    public int size(String key, int absent) {
        return has(key) ? size(key) : absent;
    }

    /** Refuses the file unless {@code key} is absent or has this value. */
    public void require(String key, boolean value) {
        if (truth(key, value) != value) {
            throw new CheckpointException("config.json: %s = %s is not supported".formatted(named(key), !value));
        }
    }

    private double ropeTheta() {
        return real("rope_theta", RopeFrequencies.BASE_DEFAULT);
    }

    /** That of the first training, in tokens: the model's own key goes before that of the rotation's options. */
    private int originalContext(ConfigReader options) {
        var key = "original_max_position_embeddings";
        return has(key) ? size(key) : options.size(key, size("max_position_embeddings", 0));
    }

    /**
     * The options of a rotation, which may be none.
     *
     * @param share of a head that is rotated
     * @param context most positions; 0 where the configuration does not say
     * @param original those of the first training; 0 where the configuration does not say
     */
    record Rope(ConfigReader options, double base, double share, int context, int original) {
        /** The original context, refused where it is not known. */
        int requireOriginal() {
            return original > 0 ? original : options.size("original_max_position_embeddings");
        }

        Rope withBase(double other) {
            return new Rope(options, other, share, context, original);
        }
    }

    CheckpointException wrong(String key, String wanted) {
        var value = node.path(key);
        return new CheckpointException(
                value.isMissingNode()
                        ? "config.json lacks %s, which must be %s".formatted(named(key), wanted)
                        : "config.json: %s must be %s, is %s".formatted(named(key), wanted, shortened(value)));
    }

    private String named(String key) {
        return prefix + key;
    }

    private static String shortened(JsonNode value) {
        var text = value.isContainerNode() ? "a " + value.getNodeType() : value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
