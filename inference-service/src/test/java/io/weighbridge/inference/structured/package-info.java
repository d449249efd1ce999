/** Runs of the starter model under random schemas, regular expressions, choices and grammars, judged by others than us. */
@NullMarked
package io.weighbridge.inference.structured;

import org.jspecify.annotations.NullMarked;
