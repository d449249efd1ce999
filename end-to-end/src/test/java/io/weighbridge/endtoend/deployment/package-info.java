/** Compose, image and Kubernetes files held against the services that they run. */
@NullMarked
package io.weighbridge.endtoend.deployment;

import org.jspecify.annotations.NullMarked;
