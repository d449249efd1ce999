@NullMarked
package io.weighbridge.gateway;

import org.jspecify.annotations.NullMarked;
