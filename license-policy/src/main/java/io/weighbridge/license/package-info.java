/**
 * License terms as data, and the verdict on one use of one model under them. Plain Java: no framework, no network, no
 * clock.
 */
@NullMarked
package io.weighbridge.license;

import org.jspecify.annotations.NullMarked;
