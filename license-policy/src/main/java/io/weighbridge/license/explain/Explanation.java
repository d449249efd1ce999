package io.weighbridge.license.explain;

import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Axis;
import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Condition;
import io.weighbridge.license.terms.Naming;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Outputs;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A license as a page for people.
 *
 * @param sections in reading order; none is empty
 * @param facts every fact that the license asks for, as the facts file names it, and what it means
 */
public record Explanation(List<Section> sections, Map<String, String> facts) {
    /** Clauses under one heading. */
    public record Section(String title, List<Entry> entries) {}

    /**
     * One clause.
     *
     * @param source id of the license or of the use policy it stands in
     * @param details what goes with it, such as when it bears
     */
    public record Entry(Clause clause, String source, List<Detail> details) {}

    /** A label and what it says. */
    public record Detail(String label, String text) {}

    private static final Circumstance TRAINING = new Circumstance.ForPurposes(Set.of(Purpose.TRAINING_ON_OUTPUT));

    /** The page of {@code terms}, with those of the use policies it refers to. */
    public static Explanation of(Terms terms) {
        var sections = new ArrayList<Section>();
        add(
                sections,
                "It allows",
                terms.grants().stream()
                        .map(grant ->
                                new Entry(grant.clause(), terms.id(), List.of(new Detail("act", act(grant.act()))))));
        for (var axis : Axis.values()) {
            add(
                    sections,
                    "It demands, " + axis(axis),
                    terms.conditions().stream()
                            .filter(condition -> condition.axis() == axis)
                            .map(condition -> condition(terms, condition)));
        }
        for (var axis : Axis.values()) {
            add(sections, "It forbids, " + axis(axis), forbidden(terms, axis));
        }
        add(sections, "Training other models on what it writes", Stream.of(outputs(terms)));
        for (var act : Act.values()) {
            add(
                    sections,
                    "You owe when " + doing(act),
                    terms.obligations().stream()
                            .filter(obligation -> obligation.on() == act)
                            .map(obligation -> obligation(terms, obligation)));
        }
        add(sections, "Names of models made from it", terms.naming().stream().map(naming -> naming(terms, naming)));
        return new Explanation(List.copyOf(sections), facts(terms));
    }

    /** What an axis is about, in words. */
    public static String axis(Axis axis) {
        return switch (axis) {
            case WHO_AND_SCALE -> "by who you are and how large";
            case FIELD_OF_USE -> "by field of use";
            case CONDUCT -> "by conduct";
            case ATTRIBUTION -> "by attribution and naming";
            case OUTPUT_USE -> "by use of output";
            case TERRITORY -> "by territory";
            case HOSTING -> "by hosting for others";
        };
    }

    private static void add(List<Section> sections, String title, Stream<Entry> entries) {
        var list = entries.toList();
        if (!list.isEmpty()) {
            sections.add(new Section(title, list));
        }
    }

    private static Entry condition(Terms terms, Condition condition) {
        var details = when(condition.when(), condition.unless());
        details.add(new Detail("demands", Circumstances.words(condition.demand())));
        details.add(new Detail(
                "otherwise",
                switch (condition.effect()) {
                    case NO_RIGHTS -> "the license gives no rights";
                    case ASK_STEWARD -> "a license must be asked of " + terms.steward();
                }));
        return new Entry(condition.clause(), terms.id(), details);
    }

    private static Stream<Entry> forbidden(Terms terms, Axis axis) {
        var own = terms.restrictions().stream()
                .filter(restriction -> restriction.axis() == axis)
                .map(restriction -> restriction(terms.id(), restriction));
        var policies = terms.policies().stream()
                .flatMap(policy -> policy.restrictions().stream()
                        .filter(restriction -> restriction.axis() == axis)
                        .map(restriction -> restriction(policy.id(), restriction)));
        return Stream.concat(own, policies);
    }

    private static Entry restriction(String source, Restriction restriction) {
        return new Entry(restriction.clause(), source, when(restriction.when(), restriction.unless()));
    }

    private static Entry outputs(Terms terms) {
        var outputs = terms.outputs();
        return new Entry(outputs.clause(), terms.id(), List.of(new Detail("rule", rule(outputs.rule()))));
    }

    private static Entry obligation(Terms terms, Obligation obligation) {
        var details = when(obligation.when(), Circumstance.NEVER);
        details.add(new Detail("by", "%s: %s".formatted(channel(obligation.channel()), obligation.value())));
        return new Entry(obligation.clause(), terms.id(), details);
    }

    private static Entry naming(Terms terms, Naming naming) {
        var from = naming.fromWeights() && naming.fromOutputs()
                ? "models made from its weights or trained on its output"
                : naming.fromWeights() ? "models made from its weights" : "models trained on its output";
        return new Entry(
                naming.clause(),
                terms.id(),
                List.of(new Detail("binds", from), new Detail("name", "starts with '%s'".formatted(naming.prefix()))));
    }

    private static List<Detail> when(Circumstance when, Circumstance unless) {
        var details = new ArrayList<Detail>();
        if (!(when instanceof Circumstance.Always)) {
            details.add(new Detail("when", Circumstances.words(when)));
        }
        if (!unless.equals(Circumstance.NEVER)) {
            details.add(new Detail("unless", Circumstances.words(unless)));
        }
        return details;
    }

    private static Map<String, String> facts(Terms terms) {
        var facts = new TreeMap<String, String>();
        terms.conditions().forEach(condition -> {
            facts.putAll(Circumstances.facts(condition.when()));
            facts.putAll(Circumstances.facts(condition.unless()));
            facts.putAll(Circumstances.facts(condition.demand()));
        });
        Stream.concat(
                        terms.restrictions().stream(),
                        terms.policies().stream().flatMap(policy -> policy.restrictions().stream()))
                .forEach(restriction -> {
                    facts.putAll(Circumstances.facts(restriction.when()));
                    facts.putAll(Circumstances.facts(restriction.unless()));
                });
        terms.obligations().forEach(obligation -> facts.putAll(Circumstances.facts(obligation.when())));
        if (asksForTraining(terms.outputs())) {
            facts.putAll(Circumstances.facts(TRAINING));
        }
        return facts;
    }

    /** Whether a verdict can depend on training with output. */
    private static boolean asksForTraining(Outputs outputs) {
        return switch (outputs.rule()) {
            case FREE, WITH_DUTIES, INHERITED -> !outputs.clause().confidence().decides();
            case FORBIDDEN_OUTSIDE_FAMILY, FORBIDDEN, UNKNOWN -> true;
        };
    }

    private static String rule(Outputs.Rule rule) {
        return switch (rule) {
            case FREE -> "free: the text sets no limit";
            case WITH_DUTIES -> "allowed, with the obligations listed for it";
            case INHERITED -> "the other model comes under this license too";
            case FORBIDDEN_OUTSIDE_FAMILY -> "forbidden, except for models under this license";
            case FORBIDDEN -> "forbidden";
            case UNKNOWN -> "not established";
        };
    }

    private static String act(Act act) {
        return switch (act) {
            case SERVE -> "serve: answer requests with the model";
            case MODIFY -> "modify: change the weights";
            case DISTRIBUTE -> "distribute: give weights to others";
            case TRAIN_ON_OUTPUTS -> "train other models on what it writes";
        };
    }

    private static String doing(Act act) {
        return switch (act) {
            case SERVE -> "serving the model";
            case MODIFY -> "changing the weights";
            case DISTRIBUTE -> "giving weights to others";
            case TRAIN_ON_OUTPUTS -> "training other models on what it writes";
        };
    }

    /** How an obligation is met, in words. */
    public static String channel(Obligation.Channel channel) {
        return switch (channel) {
            case HEADER -> "header of each response";
            case TEXT_NOTICE -> "notice in or beside the text";
            case DISPLAY -> "display where people use the model";
            case OPERATOR_TERMS -> "your own terms of service";
            case FILE -> "file beside the weights";
        };
    }
}
