/** The catalog in a relational database: one plain SQL text for H2 and PostgreSQL. */
@NullMarked
package io.weighbridge.registry.jdbc;

import org.jspecify.annotations.NullMarked;
