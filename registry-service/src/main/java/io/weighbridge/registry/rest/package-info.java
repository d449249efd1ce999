/** The registry's HTTP interface as contracts/openapi/registry.yaml defines it, and its one error mapper. */
@NullMarked
package io.weighbridge.registry.rest;

import org.jspecify.annotations.NullMarked;
