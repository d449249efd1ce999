/** The thread that owns an engine, and how others talk to it. */
@NullMarked
package io.weighbridge.inference.loop;

import org.jspecify.annotations.NullMarked;
