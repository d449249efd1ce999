@NullMarked
package io.weighbridge.engine.message;

import org.jspecify.annotations.NullMarked;
