package io.weighbridge.license.terms;

/** Something done with a checkpoint, which terms may grant. */
public enum Act {
    /** Answering requests with the model, for oneself or for others. */
    SERVE,
    /** Changing the weights. */
    MODIFY,
    /** Giving the weights, or changed weights, to somebody else. */
    DISTRIBUTE
}
