package io.weighbridge.gateway.openai;

import io.weighbridge.v1.SamplingParams;
import java.util.function.Consumer;

/** How tokens are picked, from OpenAI's fields and those that vLLM adds to them. */
final class SamplingParser {
    /** Most biased tokens, as OpenAI. */
    static final int BIASES_MAX = 1024;

    private static final long TOP_K_MAX = Integer.MAX_VALUE;
    private static final double TEMPERATURE_MAX = 2;
    private static final double PENALTY_MAX = 2;
    private static final double REPETITION_PENALTY_MAX = 100;
    private static final double BIAS_MAX = 100;

    private SamplingParser() {}

    static SamplingParams sampling(Fields fields) {
        var sampling = SamplingParams.newBuilder();
        number(fields, "temperature", 0, TEMPERATURE_MAX, sampling::setTemperature);
        share(fields, "top_p", "; use temperature 0 for the most probable token", sampling::setTopP);
        // vLLM's -1 means all tokens, as 0 does.
        var topK = fields.integer("top_k", -1, TOP_K_MAX);
        if (topK != null) {
            sampling.setTopK((int) Math.max(0, topK));
        }
        number(fields, "min_p", 0, 1, sampling::setMinP);
        share(fields, "typical_p", "", sampling::setTypicalP);
        share(fields, "repetition_penalty", REPETITION_PENALTY_MAX, "; 1 is none", sampling::setRepetitionPenalty);
        number(fields, "presence_penalty", -PENALTY_MAX, PENALTY_MAX, sampling::setPresencePenalty);
        number(fields, "frequency_penalty", -PENALTY_MAX, PENALTY_MAX, sampling::setFrequencyPenalty);
        biases(fields, sampling);
        var seed = fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        if (seed != null) {
            sampling.setSeed(seed);
        }
        return sampling.build();
    }

    private static void number(Fields fields, String name, double min, double max, Consumer<Float> target) {
        var number = fields.number(name, min, max);
        if (number != null) {
            target.accept(number.floatValue());
        }
    }

    private static void share(Fields fields, String name, String advice, Consumer<Float> target) {
        share(fields, name, 1, advice, target);
    }

    /** A number above 0. */
    private static void share(Fields fields, String name, double max, String advice, Consumer<Float> target) {
        number(fields, name, 0, max, number -> {
            if (number <= 0) {
                throw Fields.invalid(name, "must be above 0" + advice);
            }
            target.accept(number);
        });
    }

    private static void biases(Fields fields, SamplingParams.Builder sampling) {
        var biases = fields.get("logit_bias");
        if (biases == null) {
            return;
        }
        if (!biases.isObject()) {
            throw Fields.invalid("logit_bias", "must be an object of token ids and numbers");
        }
        if (biases.size() > BIASES_MAX) {
            throw Fields.invalid(
                    "logit_bias", "has %d entries, at most %d are allowed".formatted(biases.size(), BIASES_MAX));
        }
        biases.properties().forEach(entry -> {
            var bias = entry.getValue();
            if (!bias.isNumber() || !(Math.abs(bias.asDouble()) <= BIAS_MAX)) {
                throw Fields.invalid("logit_bias." + entry.getKey(), "must be a number from -100 to 100");
            }
            sampling.putLogitBias(tokenId(entry.getKey()), (float) bias.asDouble());
        });
    }

    private static int tokenId(String key) {
        try {
            return Integer.parseUnsignedInt(key) >= 0 ? Integer.parseInt(key) : -1;
        } catch (NumberFormatException e) {
            throw Fields.invalid("logit_bias", "holds '%s', which is not a token id".formatted(key));
        }
    }
}
