/** Tests of checkpoint reading, and writers of small checkpoint files for the tests of other packages. */
@NullMarked
package io.weighbridge.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
