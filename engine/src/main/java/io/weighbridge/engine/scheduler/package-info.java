/** Which sequences run in the next step. */
@NullMarked
package io.weighbridge.engine.scheduler;

import org.jspecify.annotations.NullMarked;
