/** The packaged services as three processes, started by the launcher, used through real clients. */
@NullMarked
package io.weighbridge.endtoend;

import org.jspecify.annotations.NullMarked;
