package io.weighbridge.license.openness;

import java.util.Arrays;
import java.util.List;

/** The classes of the Model Openness Framework 1.0, from none upward. Each contains the one below it. */
public enum OpennessClass {
    NONE("unclassified"),
    III("Class III, Open Model"),
    II("Class II, Open Tooling"),
    I("Class I, Open Science");

    /** The three real classes in the order in which they are reached. */
    public static final List<OpennessClass> LADDER = List.of(III, II, I);

    private final String label;

    OpennessClass(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** The components that this class asks for itself, without those of the classes below it. */
    public List<Component> adds() {
        return Arrays.stream(Component.values())
                .filter(component -> component.required() && component.tier() == this)
                .toList();
    }

    /** All components that a model of this class must have released openly. */
    public List<Component> demands() {
        return Arrays.stream(Component.values())
                .filter(component -> component.required() && component.tier().compareTo(this) <= 0)
                .toList();
    }

    /** The next class up; Class I has none. */
    public OpennessClass next() {
        return this == I ? I : values()[ordinal() + 1];
    }
}
