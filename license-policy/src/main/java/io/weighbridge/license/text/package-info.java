/**
 * Which license a text is: normalization, digests, fingerprints of known texts, and the comparison of what a publisher
 * says with what the files say. Holds digests of other people's texts, never the texts.
 */
@NullMarked
package io.weighbridge.license.text;

import org.jspecify.annotations.NullMarked;
