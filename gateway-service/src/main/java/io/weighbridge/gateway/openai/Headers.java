package io.weighbridge.gateway.openai;

import io.vertx.core.MultiMap;
import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.snapshot.Labels;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Obligation.Channel;
import java.util.List;

/** What a license decision puts into the headers of a response. */
final class Headers {
    /** Longest list of obligations in a header: SDKs and proxies refuse headers of some 8 KiB. */
    static final int OBLIGATIONS_CHARS_MAX = 2048;

    /** What ends a list that was cut; the body object and the license page have all of it. */
    static final String MORE = "more-see-license-page";

    private static final String NONE = "none";
    private static final String SEPARATOR = ", ";

    private Headers() {}

    /** Sets the headers of {@code decision}, in place of those of one before it. */
    static void set(MultiMap headers, Decision decision) {
        var labels = decision.model().labels();
        headers.set("x-model-license", labels.license()).set("x-license-decision-id", decision.id());
        var links = labels.links();
        headers.remove("x-license-obligations").remove("x-license-notice").remove("x-routed-model");
        if (decision instanceof Admission admission) {
            var owed = admission.verdict().obligations();
            headers.set("x-routed-model", labels.model()).set("x-license-obligations", obligations(owed));
            for (var obligation : owed) {
                if (obligation.channel() == Channel.HEADER) {
                    links = deliver(headers, links, obligation.value());
                }
            }
        }
        if (links.isEmpty()) {
            headers.remove("Link");
        } else {
            headers.set("Link", links);
        }
    }

    /** Puts what a license wants in a header there: a link among the links, another text as a notice. */
    private static String deliver(MultiMap headers, String links, String value) {
        if (!Labels.isLink(value)) {
            headers.add("x-license-notice", Labels.visible(value));
            return links;
        }
        var link = Labels.link(value);
        if (links.contains(link)) {
            return links;
        }
        return links.isEmpty() ? link : links + ", " + link;
    }

    /** The ids of the clauses owed, each once, in order. */
    static String obligations(List<Obligation> owed) {
        if (owed.isEmpty()) {
            return NONE;
        }
        if (owed.size() == 1) {
            return owed.getFirst().clause().id();
        }
        var ids = new StringBuilder();
        var last = "";
        // They come sorted by clause, so that equal ones are neighbors.
        for (var obligation : owed) {
            var id = obligation.clause().id();
            if (id.equals(last)) {
                continue;
            }
            if (ids.length() + id.length() + MORE.length() + 2 * SEPARATOR.length() > OBLIGATIONS_CHARS_MAX) {
                return ids.append(ids.isEmpty() ? "" : SEPARATOR).append(MORE).toString();
            }
            ids.append(ids.isEmpty() ? "" : SEPARATOR).append(id);
            last = id;
        }
        return ids.toString();
    }
}
