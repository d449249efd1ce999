@NullMarked
package io.weighbridge.inference;

import org.jspecify.annotations.NullMarked;
