package io.weighbridge.license.openness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The Model Openness Framework's rules applied to one model's evidence. Immutable.
 *
 * <p>A component counts when it is released whole under a license that is on a list of open ones. A research paper can
 * stand in for the technical report. A class is reached when all its components and those of the classes below count;
 * progress toward a class is 0 until the class below is full.
 */
public final class Assessment {
    private final ModelEvidence model;
    private final Map<Component, Standing> standings;

    private Assessment(ModelEvidence model, Map<Component, Standing> standings) {
        this.model = model;
        this.standings = standings;
    }

    /** From evidence of high or medium confidence only: what has been shown. */
    public static Assessment shown(ModelEvidence model, OpenLicenses licenses) {
        return of(model, licenses, false);
    }

    /** From all evidence, as if each claim were true. */
    public static Assessment claimed(ModelEvidence model, OpenLicenses licenses) {
        return of(model, licenses, true);
    }

    private static Assessment of(ModelEvidence model, OpenLicenses licenses, boolean believing) {
        var standings = new EnumMap<Component, Standing>(Component.class);
        for (var component : Component.values()) {
            standings.put(component, standing(model, component, licenses, believing));
        }
        return new Assessment(model, standings);
    }

    private static Standing standing(
            ModelEvidence model, Component component, OpenLicenses licenses, boolean believing) {
        var evidence = model.of(component);
        if (evidence == null) {
            return Standing.UNRECORDED;
        }
        switch (evidence.released()) {
            case NONE -> {
                return Standing.NOT_RELEASED;
            }
            case PARTIAL -> {
                return Standing.PARTIAL;
            }
            case FULL -> {}
        }
        var license = model.licenseOf(component);
        if (license == null) {
            return Standing.UNLICENSED;
        }
        if (!licenses.isOpen(license)) {
            return Standing.NOT_OPEN;
        }
        if (!believing && !evidence.confidence().decides()) {
            return Standing.DOUBTFUL;
        }
        return licenses.suits(license, component.type()) ? Standing.OPEN : Standing.OPEN_OTHER_KIND;
    }

    public Standing standing(Component component) {
        return Objects.requireNonNull(standings.get(component));
    }

    /** The highest class whose components all count. */
    public OpennessClass reached() {
        var reached = OpennessClass.NONE;
        for (var rung : OpennessClass.LADDER) {
            if (missing(rung).isEmpty()) {
                reached = rung;
            } else {
                break;
            }
        }
        return reached;
    }

    /** Percent of a class's components that count, rounded; 0 until the class below is full. */
    public int progress(OpennessClass rung) {
        if (rung == OpennessClass.NONE || reached().next().compareTo(rung) < 0) {
            return 0;
        }
        var asked = asked(rung);
        var have = asked.stream().filter(this::counts).count();
        return (int) Math.round(100.0 * have / asked.size());
    }

    /** The components of a class, with those below it, that do not count. */
    public List<Component> missing(OpennessClass rung) {
        return asked(rung).stream().filter(component -> !counts(component)).toList();
    }

    /** Components whose open license is made for another kind of work. */
    public List<Component> warnings() {
        return Arrays.stream(Component.values())
                .filter(component -> standing(component) == Standing.OPEN_OTHER_KIND)
                .toList();
    }

    /** The least that would lift the model to the next class; empty at the top. */
    public List<Change> changes() {
        var next = reached().next();
        var changes = new ArrayList<Change>();
        for (var component : missing(next)) {
            if (component != Component.TECHNICAL_REPORT) {
                changes.add(change(component));
            } else if (!missing(next).contains(Component.RESEARCH_PAPER)) {
                // Either will do; the report is named first because the class does.
                changes.add(Stream.of(Component.TECHNICAL_REPORT, Component.RESEARCH_PAPER)
                        .map(this::change)
                        .min(Comparator.comparing(Change::kind))
                        .orElseThrow());
            }
        }
        return List.copyOf(changes);
    }

    private Change change(Component component) {
        return Change.of(component, standing(component), model.licenseOf(component));
    }

    private List<Component> asked(OpennessClass rung) {
        // With the paper as its stand-in, the report is not counted a second time beside the paper itself.
        var paperStandsIn = rung == OpennessClass.I
                && !standing(Component.TECHNICAL_REPORT).counts()
                && standing(Component.RESEARCH_PAPER).counts();
        return rung.demands().stream()
                .filter(component -> !(paperStandsIn && component == Component.TECHNICAL_REPORT))
                .toList();
    }

    private boolean counts(Component component) {
        return standing(component).counts()
                || (component == Component.TECHNICAL_REPORT
                        && standing(Component.RESEARCH_PAPER).counts());
    }
}
