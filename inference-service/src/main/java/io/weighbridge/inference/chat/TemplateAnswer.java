package io.weighbridge.inference.chat;

import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.message.MessageFormat;
import io.weighbridge.engine.message.MessageParser;
import io.weighbridge.engine.message.ReasoningMarks;
import io.weighbridge.engine.tokenizer.Tokenizer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What a chat template tells about the answers that its model writes. */
record TemplateAnswer(
        MessageFormat format, @Nullable ReasoningMarks reasoning, Map<Integer, String> marks, boolean reasoningOpen)
        implements ChatEncoder.AnswerFormat {
    static TemplateAnswer of(String template, Tokenizer tokenizer) {
        var format = MessageFormat.of(template);
        var reasoning = ReasoningMarks.of(template).orElse(null);
        var texts = new HashSet<>(format.marks());
        if (reasoning != null) {
            texts.add(reasoning.open());
            texts.add(reasoning.close());
        }
        texts.retainAll(tokenizer.specialTokens());
        var marks = new HashMap<Integer, String>();
        for (var text : texts) {
            var ids = tokenizer.encode(text, false);
            if (ids.length == 1) {
                marks.put(ids[0], text);
            }
        }
        return new TemplateAnswer(format, reasoning, Map.copyOf(marks), false);
    }

    /** The answer to {@code prompt}, which may end within reasoning. */
    TemplateAnswer to(String prompt) {
        return reasoning != null && reasoning.openAtEndOf(prompt)
                ? new TemplateAnswer(format, reasoning, marks, true)
                : this;
    }

    @Override
    public Grammar call(Map<String, Map<String, Object>> tools) {
        return ForcedCall.of(format, tools);
    }

    @Override
    public String describe(Map<String, Map<String, Object>> tools) {
        return format + " " + ForcedCall.json(tools);
    }

    @Override
    public MessageParser parser(Set<String> tools) {
        return MessageParser.of(format, tools, reasoning, reasoningOpen, ThreadLocalRandom.current());
    }
}
