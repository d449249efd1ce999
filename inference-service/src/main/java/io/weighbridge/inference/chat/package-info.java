/** Chats on their way into a prompt, and what is needed to take the answer apart again. */
@NullMarked
package io.weighbridge.inference.chat;

import org.jspecify.annotations.NullMarked;
