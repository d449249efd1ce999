@NullMarked
package io.weighbridge.license;

import org.jspecify.annotations.NullMarked;
