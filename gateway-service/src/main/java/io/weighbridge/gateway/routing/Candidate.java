package io.weighbridge.gateway.routing;

/** A replica as the endpoint picker sees it. */
public record Candidate(String address, boolean ready, int sequencesRunning, int sequencesWaiting) {}
