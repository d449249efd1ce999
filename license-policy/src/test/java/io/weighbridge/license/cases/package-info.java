/** The cases that specify the license decision, for the tests of every entry point. */
@NullMarked
package io.weighbridge.license.cases;

import org.jspecify.annotations.NullMarked;
