/** The registry service: its configuration, its wiring and what it does at start. Everything else is in the packages below. */
@NullMarked
package io.weighbridge.registry;

import org.jspecify.annotations.NullMarked;
