package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Whether a model is called as the licenses of the models it was made from demand. Checked when it is registered. */
public final class NamingDuty {
    /**
     * A name that a license does not allow.
     *
     * @param ancestor the model whose license demands the name
     * @param prefix what the name after {@code owner/} must start with
     */
    public record Breach(String ancestor, String license, Clause clause, String prefix) {
        /** For people. */
        public String message() {
            return "it was made from %s, whose license (%s, %s) demands a name that starts with '%s'"
                    .formatted(ancestor, license, clause.section(), prefix);
        }
    }

    private NamingDuty() {}

    /** The duties that the name of {@code model} does not meet. Clauses of too little confidence demand nothing here. */
    public static List<Breach> check(String model, Lineage lineage, TermsCatalog catalog) {
        var name = model.substring(model.indexOf('/') + 1).toLowerCase(Locale.ROOT);
        var breaches = new ArrayList<Breach>();
        for (var ancestor : lineage.ancestors(model)) {
            var node = ancestor.node();
            if (node == null || !ancestor.makesAnotherModel() || node.claim().concluded() == null) {
                continue;
            }
            var terms = catalog.find(Objects.requireNonNull(node.claim().concluded()));
            if (terms == null) {
                continue;
            }
            for (var naming : terms.naming()) {
                var bound =
                        ancestor.byWeights() && naming.fromWeights() || ancestor.byOutputs() && naming.fromOutputs();
                if (bound
                        && naming.clause().confidence().decides()
                        && !name.startsWith(
                                naming.prefix().toLowerCase(Locale.ROOT).replace(' ', '-'))
                        && !name.startsWith(naming.prefix().toLowerCase(Locale.ROOT))) {
                    breaches.add(new Breach(node.model(), terms.id(), naming.clause(), naming.prefix()));
                }
            }
        }
        return breaches;
    }
}
