/** What a model wrote, taken apart: content, reasoning and tool calls, while it streams. */
@NullMarked
package io.weighbridge.engine.message;

import org.jspecify.annotations.NullMarked;
