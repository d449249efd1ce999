/** Tests of structured output, and the tool that runs the public JSON Schema test suite against it. */
@NullMarked
package io.weighbridge.engine.grammar;

import org.jspecify.annotations.NullMarked;
