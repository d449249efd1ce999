/**
 * The command {@code weighbridge license}: asks, explains, lists and plans license decisions offline or with a registry's
 * models. Deciding is {@code license-policy}'s business; this package reads options and files and prints.
 */
@NullMarked
package io.weighbridge.cli.license;

import org.jspecify.annotations.NullMarked;
