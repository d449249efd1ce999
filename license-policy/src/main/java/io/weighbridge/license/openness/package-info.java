/**
 * How open a model is, computed from evidence about each of its parts: the class of the Model Openness Framework, five
 * axes, the Open Source AI Definition's checklist, and what the least change would be. Knows nothing of verdicts: an open
 * model may still be forbidden to a caller, and a closed one allowed.
 */
@NullMarked
package io.weighbridge.license.openness;

import org.jspecify.annotations.NullMarked;
