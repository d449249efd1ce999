/** What dashboards and autoscalers read: the names are those of vLLM. */
@NullMarked
package io.weighbridge.inference.metrics;

import org.jspecify.annotations.NullMarked;
