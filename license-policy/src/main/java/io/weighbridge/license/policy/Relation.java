package io.weighbridge.license.policy;

/** How a model was made from another. */
public enum Relation {
    /** Trained further. */
    FINE_TUNE,
    /** Weights to be laid over the other's, such as LoRA. */
    ADAPTER,
    /** Weights of several models combined. */
    MERGE,
    /** The same weights in fewer bits or another format. */
    QUANTIZATION,
    /** Trained on what the other wrote. */
    DISTILLED_FROM_OUTPUT;

    /** Whether the model holds the other's weights, changed or not; otherwise only its output was used. */
    public boolean holdsWeights() {
        return this != DISTILLED_FROM_OUTPUT;
    }

    /** Whether the result is another model in the eyes of naming duties. */
    public boolean makesAnotherModel() {
        return this != QUANTIZATION;
    }
}
