/** Hostile inputs by the thousand: mutations of good ones, each with a seed that makes it again, held to limits of time and memory. */
@NullMarked
package io.weighbridge.engine.fuzz;

import org.jspecify.annotations.NullMarked;
