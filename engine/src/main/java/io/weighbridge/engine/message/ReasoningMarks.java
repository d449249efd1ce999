package io.weighbridge.engine.message;

import java.util.List;
import java.util.Optional;

/**
 * What stands around reasoning.
 *
 * @param open before it
 * @param close after it
 */
public record ReasoningMarks(String open, String close) {
    private static final List<ReasoningMarks> KNOWN = List.of(
            new ReasoningMarks("<think>", "</think>"),
            new ReasoningMarks("[THINK]", "[/THINK]"),
            new ReasoningMarks("<|START_THINKING|>", "<|END_THINKING|>"));

    /** The marks that a chat template knows; empty for models that do not mark reasoning. */
    public static Optional<ReasoningMarks> of(String chatTemplate) {
        return KNOWN.stream()
                .filter(marks -> chatTemplate.contains(marks.open) || chatTemplate.contains(marks.close))
                .findFirst();
    }

    /** Whether a completion of {@code prompt} begins within reasoning, because the template opened it and did not close it. */
    public boolean openAtEndOf(String prompt) {
        return prompt.stripTrailing().endsWith(open);
    }
}
