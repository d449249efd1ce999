/** Tests of the planner. */
@org.jspecify.annotations.NullMarked
package io.weighbridge.license.plan;
