/** What the registry knows: models, the checkpoints pulled for them, their license records. Plain Java; {@link io.weighbridge.registry.catalog.Catalog} is the port that databases implement. */
@NullMarked
package io.weighbridge.registry.catalog;

import org.jspecify.annotations.NullMarked;
