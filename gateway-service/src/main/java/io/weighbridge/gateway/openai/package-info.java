/**
 * The OpenAI wire: resources, request parsing, response shapes, errors. Nothing else here knows JSON.
 */
@NullMarked
package io.weighbridge.gateway.openai;

import org.jspecify.annotations.NullMarked;
