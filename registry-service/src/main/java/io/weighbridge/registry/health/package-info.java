/** What live, started and ready mean for the registry. */
@NullMarked
package io.weighbridge.registry.health;

import org.jspecify.annotations.NullMarked;
