package io.weighbridge.license.terms;

/** Something done with a checkpoint, which terms may grant. */
public enum Act {
    /** Answering requests with the model, for oneself or for others. */
    SERVE,
    /** Changing the weights. */
    MODIFY,
    /** Giving the weights, or changed weights, to somebody else. */
    DISTRIBUTE,
    /** Training another model on what this one writes. Ruled by {@link Outputs}; owed beside {@link #SERVE} when it is a purpose. */
    TRAIN_ON_OUTPUTS
}
