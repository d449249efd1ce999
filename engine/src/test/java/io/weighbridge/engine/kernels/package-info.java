/** Tests of the kernels against plain loops over doubles, and of what a result must not depend on. */
@NullMarked
package io.weighbridge.engine.kernels;

import org.jspecify.annotations.NullMarked;
