/** The command: one class a subcommand. */
@NullMarked
package io.weighbridge.cli;

import org.jspecify.annotations.NullMarked;
