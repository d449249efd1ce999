/** Tests of the license commands: every case of the license decision, asked as a user asks. */
@NullMarked
package io.weighbridge.cli.license;

import org.jspecify.annotations.NullMarked;
