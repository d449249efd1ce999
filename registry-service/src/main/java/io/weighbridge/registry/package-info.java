@NullMarked
package io.weighbridge.registry;

import org.jspecify.annotations.NullMarked;
