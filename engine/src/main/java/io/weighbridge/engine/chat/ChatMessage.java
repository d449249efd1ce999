package io.weighbridge.engine.chat;

/** One entry of a chat. The content is plain text as the client sent it. */
public record ChatMessage(Role role, String content) {}
