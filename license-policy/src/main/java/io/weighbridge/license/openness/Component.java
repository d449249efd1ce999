package io.weighbridge.license.openness;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The seventeen parts of a model that the Model Openness Framework 1.0 looks at: fourteen required, three optional. */
public enum Component {
    MODEL_ARCHITECTURE("Model architecture", Type.CODE, OpennessClass.III, true),
    FINAL_PARAMETERS("Model parameters (Final)", Type.DATA, OpennessClass.III, true),
    TECHNICAL_REPORT("Technical report", Type.DOCUMENT, OpennessClass.III, true),
    EVALUATION_RESULTS("Evaluation results", Type.DOCUMENT, OpennessClass.III, true),
    MODEL_CARD("Model card", Type.DOCUMENT, OpennessClass.III, true),
    DATA_CARD("Data card", Type.DOCUMENT, OpennessClass.III, true),
    SAMPLE_OUTPUTS("Sample model outputs", Type.DOCUMENT, OpennessClass.III, false),
    TRAINING_CODE("Training code", Type.CODE, OpennessClass.II, true),
    INFERENCE_CODE("Inference code", Type.CODE, OpennessClass.II, true),
    EVALUATION_CODE("Evaluation code", Type.CODE, OpennessClass.II, true),
    EVALUATION_DATA("Evaluation data", Type.DATA, OpennessClass.II, true),
    SUPPORTING_TOOLS("Supporting libraries and tools", Type.CODE, OpennessClass.II, false),
    DATASETS("Datasets", Type.DATA, OpennessClass.I, true),
    DATA_PREPROCESSING_CODE("Data preprocessing code", Type.CODE, OpennessClass.I, true),
    INTERMEDIATE_PARAMETERS("Model parameters (Intermediate)", Type.DATA, OpennessClass.I, true),
    RESEARCH_PAPER("Research paper", Type.DOCUMENT, OpennessClass.I, true),
    MODEL_METADATA("Model metadata", Type.DATA, OpennessClass.I, false);

    /** What kind of work a component is; licenses are made for one kind and may not fit another. */
    public enum Type {
        CODE,
        DATA,
        DOCUMENT;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String label;
    private final Type type;
    private final OpennessClass tier;
    private final boolean required;

    Component(String label, Type type, OpennessClass tier, boolean required) {
        this.label = label;
        this.type = type;
        this.tier = tier;
        this.required = required;
    }

    /** The framework's name of it, as written in the Model Openness Tool's files. */
    public String label() {
        return label;
    }

    public Type type() {
        return type;
    }

    /** The lowest class that looks at it. */
    public OpennessClass tier() {
        return tier;
    }

    /** Whether its class asks for it; optional ones are shown and never counted. */
    public boolean required() {
        return required;
    }

    /** Our name of it: lower case with hyphens. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Component> ofLabel(String label) {
        return Arrays.stream(values()).filter(c -> c.label.equals(label)).findFirst();
    }
}
