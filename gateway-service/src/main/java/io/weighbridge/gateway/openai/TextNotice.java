package io.weighbridge.gateway.openai;

import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Obligation.Channel;
import java.util.LinkedHashSet;

/**
 * The notice that some licenses want within the generated text, such as BLOOM's that a machine wrote it. It follows the text after a
 * blank line, because what comes before a completion would be read as part of its answer; it is not counted as tokens.
 */
final class TextNotice {
    private static final String BLANK_LINE = "\n\n";

    private TextNotice() {}

    /** What to append to the text; empty when nothing is owed. */
    static String of(Permitted verdict) {
        LinkedHashSet<String> notices = null;
        for (var obligation : verdict.obligations()) {
            if (obligation.channel() == Channel.TEXT_NOTICE) {
                notices = notices == null ? new LinkedHashSet<>() : notices;
                notices.add(obligation.value());
            }
        }
        return notices == null ? "" : BLANK_LINE + String.join("\n", notices);
    }
}
